import type { PaymentEvent } from '#contracts/events/payment-events.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { composeActivities } from '#workflows/compose.ts';
import type { PaymentActivities } from '#workflows/payment/activities.ts';
import { publish } from '#workflows/payment/payment-activities.ts';
import type { Rig } from '../open-rig.ts';

/** The product's own activities, on the rig's parts. */
export function openActivities(rig: Rig, stack: AsyncDisposableStack): PaymentActivities {
  const producer = stack.use(openProducer(rig.kafka));
  const { ordersDb, paymentsDb } = rig;
  const publishEvents = async (events: readonly PaymentEvent[]) => publish(producer, events);
  return composeActivities({ ordersDb, paymentsDb, publishEvents });
}
