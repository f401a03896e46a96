import { randomUUID } from 'node:crypto';
import { openCustomer } from '#tools/testbed/customers.ts';
import type { System } from '#tools/testbed/system.ts';
import { plantBug } from '#tools/torture/planted/plant-bug.ts';
import type { Patch } from '#tools/torture/planted/plant-bug.ts';
import { holdOrder } from './orders.ts';
import { keepDoing } from './provocation.ts';
import type { Provoke } from './provocation.ts';

const STAYS_HELD = 86_400;
/** Of the orders on which the planted workflow stumbles, in minor units. */
const THROWS = 13n;
const IS_TOO_LARGE = 14n;
/** Between two such orders, in ms. */
const EVERY = 1_000;
/** Of the orders whose debit does not end, in minor units, and between two of them, in ms. */
const HANGS = 15n;
const HANGS_EVERY = 100;

const PATCHES: readonly Patch[] = [
  // A timer, which no history begins with that was recorded before. One more local activity would get the result of the one that was
  // recorded in its place, and the code would stumble on that before Temporal sees that the history does not fit.
  {
    file: 'workflows/payment/hold-payment.ts',
    from: '  const facts = await runStep(',
    to: `  await condition(() => false, 1);
  const facts = await runStep(`,
  },
  {
    file: 'workflows/payment/pay-order.workflow.ts',
    from: '  return decision;\n',
    to: `  if (order.amount === '${THROWS}') throw new Error('a planted bug');
  if (order.amount === '${IS_TOO_LARGE}') return 'x'.repeat(5_000_000);
  return decision;
`,
  },
];

/**
 * Workflow code is deployed that does not continue what open workflows have done, and that stumbles on some orders. It is rolled
 * back.
 */
export const deployWrongWorkflows: Provoke = async ({ system, folder, useSources }, healing) => {
  const { customer, orderId } = await holdOrder(system, STAYS_HELD);
  const { sources } = healing.use(plantBug(folder, PATCHES));
  healing.defer(async () => {
    useSources();
    await restart(system);
  });
  useSources(sources);
  await restart(system);
  await customer.captureOrder(orderId);
  const another = await openCustomer(system, 100_000n);
  keepDoing(healing, EVERY, async () => {
    for (const amount of [THROWS, IS_TOO_LARGE]) {
      await another.placeOrder({ amount }, { idempotencyKey: randomUUID() });
    }
  });
};

const HANGING_STEP: readonly Patch[] = [
  {
    file: 'workflows/payment/payment-activities.ts',
    from: '    debit: async (order) => ',
    to: `    debit: async (order) => order.amount === '${HANGS}' ? new Promise(() => {}) : `,
  },
];

/** A step is deployed that does not end for some orders. Each attempt keeps its slot. It is rolled back. */
export const deployHangingStep: Provoke = async ({ system, folder, useSources }, healing) => {
  const { sources } = healing.use(plantBug(folder, HANGING_STEP));
  healing.defer(async () => {
    useSources();
    await restart(system);
  });
  useSources(sources);
  await restart(system);
  const customer = await openCustomer(system, 100_000n);
  keepDoing(healing, HANGS_EVERY, async () =>
    customer.placeOrder({ amount: HANGS }, { idempotencyKey: randomUUID() }),
  );
};

async function restart(system: System): Promise<void> {
  const workflows = system.service('workflows');
  await workflows.terminate();
  await workflows.start();
}
