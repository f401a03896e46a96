import assert from 'node:assert/strict';
import path from 'node:path';
import { infrastructure, systemsFolder } from '#test/support/infrastructure.ts';
import { FAULT_CLASSES } from '#tools/torture/fault-classes.ts';
import type { FaultClass } from '#tools/torture/fault-classes.ts';
import { tellResult } from '#tools/torture/results/report-results.ts';
import { runTorture } from '#tools/torture/run-torture.ts';

/** The seed of this short one; the long ones, and theirs, are in docs/reliability.md. */
const SEED = 20;

/** One fault of most kinds, of those that are soon over. */
const NAMES = [
  'kill -9 payments',
  'SIGSTOP payments',
  'workflows dies after debiting',
  'workflows dies after capturing',
  'workflows dies after signalling a workflow',
  'workflows dies after starting a workflow',
  'orders dies after applying events',
  'PostgreSQL stops at once',
  'a standby is promoted, and sessions are left on the old, read-only primary',
  'kill -9 Kafka',
  'Temporal loses all that it knew',
  'open workflows are terminated',
  'workflows that wait for the end of a hold are terminated',
  'the clock of workflows is an hour ahead',
  'workflowsToKafka is silent, and old connections go on',
  'ordersToPostgres is reset',
  'ordersToKafka is cut',
  'events come again, out of order',
  'offsets go back to 0',
  'rows of the outbox are un-marked',
  'messages that nobody can read',
];

const faults = Object.values(FAULT_CLASSES)
  .filter(({ every }) => every === undefined)
  .flatMap((faultClass) => [...faultClass.faults])
  .filter(({ name }) => NAMES.includes(name));

const short: FaultClass = {
  description: 'one of most kinds',
  faults,
  system: { standby: true },
  orders: 400,
  every: 3_000,
};

describe('a short torture', function () {
  // About a minute of faults, and half of one until all of them are recovered from.
  this.timeout(600_000);

  it(`with seed ${SEED} loses nothing and breaks no invariant`, async () => {
    assert.deepEqual(faults.map(({ name }) => name).toSorted(), NAMES.toSorted());
    const { settings } = infrastructure();
    const result = await runTorture({
      name: 'short',
      faultClass: short,
      seed: SEED,
      orders: short.orders,
      rate: 10,
      folder: path.join(settings.home, 'torture'),
      system: { place: { systems: systemsFolder(settings), artifacts: settings.artifacts } },
      say: () => {},
      signal: new AbortController().signal,
    });
    const told = tellResult(result);
    console.log(told.replaceAll(/^/gm, '        '));
    assert.deepEqual(
      { broken: result.broken, problems: result.problems },
      { broken: [], problems: [] },
      told,
    );
    assert.equal(result.lost, 0);
  });
});
