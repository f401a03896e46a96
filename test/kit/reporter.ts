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
    runner.on('fail', () => {
      tally.failed += 1;
      process.send?.(tally);
    });
  }
}
