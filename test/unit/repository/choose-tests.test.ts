import assert from 'node:assert/strict';
import { chooseTests } from '#test/support/runner/choose-tests.ts';
import { findTests, sortIntoLanes } from '#test/support/runner/lanes.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';

/** The tiers that a choice holds, and how many files. */
function tiersOf(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => file.split('/')[1] ?? ''))].toSorted();
}

describe('the arguments of npm test', () => {
  it('choose every test but those of another command when there are none', () => {
    const { files, mochaOptions } = chooseTests([]);
    const tiers = ['api', 'browser', 'database', 'kafka', 'system', 'unit', 'workflow'];
    assert.deepEqual([tiersOf(files), mochaOptions], [tiers, []]);
    assert.deepEqual(tiersOf(findTests().filter((file) => !files.includes(file))), [
      'delivery',
      'production-shape',
    ]);
  });

  it('choose with --quick the tiers that need no whole system', () => {
    assert.deepEqual(tiersOf(chooseTests(['--quick']).files), ['database', 'unit', 'workflow']);
  });

  it('choose by a folder of the product what tests it in every tier', () => {
    for (const word of ['orders', 'orders/', './orders']) {
      const { files } = chooseTests([word]);
      assert.ok(files.includes('test/database/orders/place-order.test.ts'), word);
      assert.ok(files.includes('test/kafka/orders/dead-letters.test.ts'), word);
      assert.ok(
        files.every((file) => file.split('/')[2] === 'orders'),
        word,
      );
    }
  });

  it('choose by a path in test/ a tier, a folder or a file', () => {
    const file = 'test/database/orders/place-order.test.ts';
    assert.deepEqual(chooseTests([file]).files, [file]);
    assert.deepEqual(tiersOf(chooseTests(['test/kafka']).files), ['kafka']);
    assert.deepEqual(
      chooseTests(['test/production-shape/production-shape.test.ts', 'test/system']).files,
      findTests().filter((each) => /^test\/(production-shape|system)\//.test(each)),
    );
  });

  it('choose what both a folder and --quick choose', () => {
    const { files } = chooseTests(['--quick', 'test/system', 'test/database']);
    assert.deepEqual(tiersOf(files), ['database']);
  });

  it('give --grep and other options to mocha', () => {
    const { mochaOptions } = chooseTests(['-g', 'debits once', 'payments', '--bail', '--timeout=5000']);
    assert.deepEqual(mochaOptions, ['--grep=debits once', '--bail', '--timeout=5000']);
  });

  it('are refused when they name no test', () => {
    assert.throws(
      () => chooseTests(['oders']),
      (error) => error instanceof UserError && /No test is in oders: .*orders/.test(error.message),
    );
  });
});

describe('the lanes of npm test', () => {
  it('hold each test once', () => {
    const all = findTests();
    assert.deepEqual(
      sortIntoLanes(all)
        .flatMap(({ files }) => files)
        .toSorted(),
      all,
    );
  });

  it('keep what needs no whole system apart from what does', () => {
    const names = sortIntoLanes(chooseTests(['--quick']).files).map(({ name }) => name);
    assert.deepEqual(names, ['workflow', 'parts']);
  });
});
