import { DEAD_LETTER_GROUP, PAYMENT_STATUS_DEAD_LETTERS } from '#contracts/events/payment-events.ts';
import { producePoison } from '#tools/torture/faults/events.ts';
import type { Provoke } from './provocation.ts';

/** Messages that can never be applied. An operator skips them: handles all of them as the group that shows who has read them. */
export const poisonTopic: Provoke = async ({ system }, healing) => {
  healing.defer(async () => system.topics.handleAll(DEAD_LETTER_GROUP, PAYMENT_STATUS_DEAD_LETTERS.name));
  await producePoison(system);
};
