// Begins every npm script. It runs on the machine's own Node (20 or newer) before anything is installed, as do all .js
// files of this folder: they are plain JavaScript without packages. It checks what the machine must have, lists and
// downloads what is missing, then runs the script on Node 24.
//   node tools/stack/bootstrap/bootstrap.js [--with=stack|tests|…] <script.ts> [arguments]

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(
    `Gozon needs Node 20 or newer to start, and this is ${process.version}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}

// Imported only now, since an older Node could not parse these files.
void import('./prepare.js').then(({ prepareAndRun }) => prepareAndRun(process.argv.slice(2)));
