import { consumeOutcomes } from '../shop/apply-outcomes.ts';
import { READY, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { placeOrder } from '../shop/place-order.ts';
import { serveOrders } from '../shop/serve-orders.ts';

const settings = readPeerSettings();
const db = openPool(settings.ordersUrl);
await consumeOutcomes(settings, db);
await serveOrders(settings.port, async (order) => placeOrder(db, order, { toOutbox: true }));
console.log(READY);
