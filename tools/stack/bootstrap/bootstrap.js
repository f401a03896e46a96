// Begins every `npm` script on whatever Node the machine has, when nothing is installed yet:
// checks what the machine must have, lists and fetches what is missing, then runs the script on Node 24.
//   node tools/stack/bootstrap/bootstrap.js [--with=stack|tests|fuzz] <script.ts> [arguments]

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(
    `Gozon needs Node 20 or newer to begin, and this is ${process.version}: install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

// Imported only now: an older Node could not even read these files.
void import('./prepare.js').then(({ prepareAndRun }) => prepareAndRun(process.argv.slice(2)));
