import { inspect } from 'node:util';
import Mocha from 'mocha';

/** A test or a hook that failed. */
export interface Failure {
  readonly title: string;
  /** The error with its stack, over several lines. */
  readonly reason: string;
}

/** What a lane's process tells test/run.ts as it happens, so that it is known even after a crash. */
export type LaneEvent =
  | { readonly kind: 'passed' }
  | ({ readonly kind: 'failed' } & Failure)
  /** A suite of the first level has ended: how long it took with its hooks, in ms. */
  | { readonly kind: 'suite'; readonly title: string; readonly ms: number };

// The runner was killed: nobody reads our output any more, and what we have started has to stop.
process.on('disconnect', () => process.exit(1));

/** Mocha's usual report, told to test/run.ts too. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const tell = (event: LaneEvent) => process.send?.(event);
    let began = 0;
    runner.on('suite', ({ parent }) => {
      if (parent?.root) began = performance.now();
    });
    runner.on('suite end', ({ parent, title }) => {
      if (parent?.root) tell({ kind: 'suite', title, ms: performance.now() - began });
    });
    runner.on('pass', () => tell({ kind: 'passed' }));
    runner.on('fail', (test, error: unknown) => {
      if (error instanceof SuppressedError) tellBoth(error);
      tell({ kind: 'failed', title: test.fullTitle(), reason: describe(error) });
    });
  }
}

/** What failed first is suppressed by what then failed while it was cleaned up, and mocha shows neither of them. */
function tellBoth(error: SuppressedError): void {
  const [first, then] = [error.suppressed, error.error].map(describe);
  error.message = 'it failed, and so did its clean-up';
  error.stack = `${error.name}: ${error.message}\n${first}\n\nand then\n${then}`;
}

function describe(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : inspect(error);
}
