import assert from 'node:assert/strict';
import path from 'node:path';
import { infrastructure, systemsFolder } from '#test/support/infrastructure.ts';
import { ON_RIG } from '#tools/bench/choices/choices.ts';
import { log, openRig } from '#tools/bench/open-rig.ts';
import type { Rig } from '#tools/bench/open-rig.ts';
import { installTemporalRuntime } from '#workflows/worker.ts';

/** What a round of these does takes long by its nature: so many orders, or so many rows. */
const SLOW: ReadonlySet<string> = new Set(['greedy', 'csv']);

describe('each choice that the benchmark compares', function () {
  this.timeout(120_000);
  let rig: Rig;

  before(async () => {
    installTemporalRuntime(log);
    rig = await openRig(path.join(systemsFolder(infrastructure().settings), 'choices'));
  });
  after(async () => rig[Symbol.asyncDispose]());

  for (const [name, open] of Object.entries(ON_RIG)) {
    if (SLOW.has(name)) continue;
    it(`can be measured both ways: ${name}`, async () => {
      await using stack = new AsyncDisposableStack();
      for (const comparison of await open(rig, stack)) {
        for (const { label, round } of [comparison.a, comparison.b]) {
          const figure = await round();
          assert.ok(Number.isFinite(figure) && figure > 0, `${comparison.name}, ${label}: ${figure}`);
        }
      }
    });
  }
});
