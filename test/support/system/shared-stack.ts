import { npmStart } from './npm-start.ts';
import type { RunningStack } from './npm-start.ts';

let shared: Promise<RunningStack> | undefined;
let suites = 0;

/** The one `npm start` that suites of a lane share which break its components only for a moment. */
export function withSharedStack(): () => RunningStack {
  let stack: RunningStack;
  suites += 1;
  before('npm start is up', async function () {
    this.timeout(300_000);
    stack = await (shared ??= npmStart());
  });
  after('npm start goes after its last suite', async function () {
    this.timeout(60_000);
    suites -= 1;
    if (suites === 0) await stop();
  });
  return () => stack;
}

after('npm start goes, should --grep have left out its last suite', async function () {
  this.timeout(60_000);
  await stop();
});

async function stop(): Promise<void> {
  // A failure to come up was told where npm start was needed.
  const stack = await shared?.catch(() => {});
  shared = undefined;
  await stack?.[Symbol.asyncDispose]();
}
