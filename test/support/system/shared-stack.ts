import { npmStart } from './npm-start.ts';
import type { RunningStack } from './npm-start.ts';

let shared: Promise<RunningStack> | undefined;

/** The one `npm start` that tests share which break its parts only for a moment. */
export function withSharedStack(): () => RunningStack {
  let stack: RunningStack;
  before('npm start is up', async function () {
    this.timeout(300_000);
    stack = await (shared ??= npmStart());
  });
  return () => stack;
}

after('npm start goes', async function () {
  this.timeout(60_000);
  // Whether it came up is told where it was needed.
  const stack = await shared?.catch(() => {});
  await stack?.[Symbol.asyncDispose]();
});
