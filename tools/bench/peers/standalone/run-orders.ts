import { coalesce } from '@gozon/timing';
import { OUTBOX_CHANNEL } from '#contracts/values/hint-channels.ts';
import { consumeOutcomes } from '../shop/apply-outcomes.ts';
import { READY, log, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { placeOrder } from '../shop/place-order.ts';
import { serveOrders } from '../shop/serve-orders.ts';

const settings = readPeerSettings();
const db = openPool(settings.ordersUrl);
const hint = coalesce<void>(async () => void (await db.query(`notify ${OUTBOX_CHANNEL}`)));

await consumeOutcomes(settings, db);
await serveOrders(settings.port, async (order) => {
  const orderId = await placeOrder(db, order, { toOutbox: true });
  hint().catch((error: unknown) => log.warn({ err: error }, 'a hint was lost'));
  return orderId;
});
console.log(READY);
