// npm run test:delivery: what is delivered as files for others' programs. Helm renders the chart, Kubernetes' schemas
// validate it, and actionlint and zizmor read the public workflows. Beside npm test and not in it: it builds helm once.
import { execa } from 'execa';
import { findTests, isIn } from '#test/support/runner/lanes.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const files = findTests().filter((file) => isIn('test/delivery', file));
const { exitCode } = await execa(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', '--exit', ...process.argv.slice(2), ...files],
  { cwd: CHECKOUT, stdio: 'inherit', reject: false },
);
process.exitCode = exitCode ?? 1;
if (process.connected) process.disconnect();
