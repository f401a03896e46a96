import { openProducer } from '#platform/kafka/producer.ts';
import { outcomeMessage } from './apply-outcomes.ts';
import { debitOrder } from './debit-order.ts';
import { outcomesTopic } from './events.ts';
import type { Outcome, OrderToDebit } from './events.ts';
import { kafkaOf, openPool } from './peer-settings.ts';
import type { PeerSettings } from './peer-settings.ts';

export type ShopActivities = ReturnType<typeof createActivities>;

/** Each may run again at any time. */
export function createActivities(settings: PeerSettings) {
  const payments = openPool(settings.paymentsUrl);
  const producer = openProducer(kafkaOf(settings));
  const { name: topic } = outcomesTopic(settings.peer);
  const debit = async (order: OrderToDebit) => debitOrder(payments, order);
  const report = async (outcome: Outcome) => producer.send(topic, [outcomeMessage(outcome)]);
  return { debit, report };
}
