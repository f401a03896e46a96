import Mocha from 'mocha';

/** How many tests have passed and failed so far. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

// Whoever runs us was killed: nobody is left to read what we would say, and what we have started has to go.
process.on('disconnect', () => process.exit(1));

/** Mocha's usual report, with the tally sent to test/run.ts after every test, so that it is known even after a crash. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const tally = { passed: 0, failed: 0 };
    runner.on('pass', () => {
      tally.passed += 1;
      process.send?.(tally);
    });
    runner.on('fail', (_test, error) => {
      if (error instanceof SuppressedError) tellBoth(error);
      tally.failed += 1;
      process.send?.(tally);
    });
  }
}

/** What failed first is suppressed by what then failed while it was cleaned up, and mocha shows neither of them. */
function tellBoth(error: SuppressedError): void {
  const [first, then] = [error.suppressed, error.error].map((each: unknown) =>
    each instanceof Error ? (each.stack ?? each.message) : String(each),
  );
  error.message = 'it failed, and so did its clean-up';
  error.stack = `${error.name}: ${error.message}\n${first}\n\nand then\n${then}`;
}
