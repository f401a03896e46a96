// npm run test:production-shape: the whole-system tests, and a load, on the Temporal server that compose runs, on
// PostgreSQL, with two copies of orders and three of workflows. Beside npm test and not in it: it needs Go.
import { SHAPE } from '#test/support/system/shape.ts';
import { report } from '#tools/stack/bootstrap/user-error.js';
import { buildTemporal } from './build-temporal.ts';

const suites = ['test/production-shape/production-shape.test.ts', 'test/system'];

try {
  await buildTemporal();
  process.env[SHAPE] = 'production';
  // What is asked for by name is asked for instead.
  if (!process.argv.slice(2).some((word) => word.startsWith('test/'))) process.argv.push(...suites);
  await import('#test/run.ts');
} catch (error) {
  report(error);
}
