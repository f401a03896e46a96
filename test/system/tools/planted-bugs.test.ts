import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC } from '#contracts/events/payment-events.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { renewSystem } from '#test/support/system/renew-system.ts';
import { startTestSystem } from '#test/support/system/test-system.ts';
import { checkInvariants } from '#tools/invariants/check-invariants.ts';
import { outcomeOf } from '#tools/invariants/check-result.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import { seededRandom } from '#tools/load/generate/seeded-random.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { System } from '#tools/testbed/system.ts';
import { countOpenWorkflows } from '#tools/torture/checks/until-at-rest.ts';
import { layTrap } from '#tools/torture/crash-points/crash-point-list.ts';
import type { Trap } from '#tools/torture/crash-points/crash-point-list.ts';
import type { FaultTarget } from '#tools/torture/faults/fault.ts';
import { plantBug } from '#tools/torture/planted/plant-bug.ts';
import { PLANTED_BUGS } from '#tools/torture/planted/planted-bugs.ts';

// A checker that cannot fail is worthless: each of these bugs, in a copy of the product, must be found.

/** A sweep would repair some of the harm before it is looked at (in s); a limit would refuse some of the provocations. */
const TOLD: Partial<Record<ServiceName, Record<string, string>>> = {
  orders: { SWEEP_EVERY: '3600', SWEEP_AFTER: '3600' },
  gateway: { RATE_LIMIT_PER_USER: '100000' },
};

describe('the check of the invariants', function () {
  this.timeout(180_000);
  let folder: string;
  let traps: Record<ServiceName, Trap>;
  let system: System;
  let sources = CHECKOUT;
  before('a system is up', async () => {
    folder = mkdtempSync(path.join(infrastructure().settings.home, 'planted-'));
    traps = layTraps(path.join(folder, 'points'));
    system = await startTestSystem({
      copies: {},
      sources: () => sources,
      tell: (service) => ({ ...traps[service].environment, ...TOLD[service] }),
    });
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds nothing in the product as it is, whatever is provoked', async () => {
    for (const { provoke } of PLANTED_BUGS) await provoke(victimOf(system, traps));
    assert.deepEqual(await findBroken(system), []);
  });

  for (const { name, patches, provoke, breaks } of PLANTED_BUGS) {
    it(`finds a planted bug: ${name}`, async () => {
      using planted = plantBug(folder, patches);
      ({ sources } = planted);
      // What the bug before has broken is no finding of this one.
      await renewSystem(system);
      await provoke(victimOf(system, traps));
      const broken = await findBroken(system);
      assert.ok(
        broken.some(({ id }) => id === breaks),
        `${breaks} is not broken, but ${JSON.stringify(broken)}`,
      );
    });
  }
});

function layTraps(where: string): Record<ServiceName, Trap> {
  return Object.fromEntries(SERVICE_NAMES.map((name) => [name, layTrap(where, name)])) as Record<
    ServiceName,
    Trap
  >;
}

function victimOf(system: System, traps: Record<ServiceName, Trap>): FaultTarget {
  return { system, traps, random: seededRandom(1), signal: new AbortController().signal };
}

/** When nobody has anything left to do, what is undecided stays so: there is no need to be patient with it. */
async function findBroken(system: System): Promise<CheckResult[]> {
  await eventually('the system to have nothing left to do', async () => isIdle(system), { within: 90_000 });
  const { databases, kafkaOptions: kafka } = system;
  const results = await checkInvariants({ databases, kafka, grace: 0 });
  return results.filter((result) => outcomeOf(result) === 'broken');
}

async function isIdle(system: System): Promise<boolean> {
  const { rows } = await system.ordersDb.query('select from outbox where dispatched_at is null');
  if (rows.length > 0 || (await countOpenWorkflows(system)) > 0) return false;
  return (await system.topics.lag(PAYMENT_CONSUMER_GROUP, PAYMENT_STATUS_TOPIC.name)) === 0;
}
