// HTTP front and workflows in one process, as DBOS is a library.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { PostgresDataSource } from '@dbos-inc/postgres-datasource';
import type { OrderToDebit, Outcome } from '../shop/events.ts';
import { CONNECTIONS, READY, openPool, readPeerSettings } from '../shop/peer-settings.ts';
import { placeOrder } from '../shop/place-order.ts';
import { serveOrders } from '../shop/serve-orders.ts';
import { sweepUndecided } from '../shop/sweep-undecided.ts';

const { peer, port, ordersUrl, paymentsUrl } = readPeerSettings();
const db = openPool(ordersUrl);
const orders = new PostgresDataSource('orders', connectionOf(ordersUrl));
const payments = new PostgresDataSource('payments', connectionOf(paymentsUrl));

function connectionOf(url: string) {
  const { hostname: host, port: at, username: user, password, pathname } = new URL(url);
  return { host, port: Number(at), user, password, database: pathname.slice(1), max: CONNECTIONS };
}

/** Each of the two commits together with the record that it did, so it happens exactly once. */
const payOrder = DBOS.registerWorkflow(
  async ({ orderId, userId, amount }: OrderToDebit) => {
    const debit = async () => {
      const [row] = await payments.client<Pick<Outcome, 'status'>[]>`
        select debit_order(${orderId}, ${userId}, ${amount}) as status`;
      if (!row) throw new Error('debit_order returned nothing');
      return row.status;
    };
    const status = await payments.runTransaction(debit, { name: 'debit' });
    const apply = async () => void (await orders.client`select apply_status(${orderId}, ${status})`);
    await orders.runTransaction(apply, { name: 'apply' });
  },
  { name: 'payOrder' },
);

DBOS.setConfig({
  name: 'shop',
  systemDatabaseUrl: ordersUrl,
  systemDatabasePoolSize: CONNECTIONS,
  // What was open when a process ended is recovered by the next one of the same version.
  applicationVersion: peer,
  logLevel: 'error',
});
await DBOS.launch();

/** To start it again is harmless: the id of the workflow is that of the order. */
async function start(order: OrderToDebit): Promise<void> {
  await DBOS.startWorkflow(payOrder, { workflowID: order.orderId })(order);
}

void sweepUndecided(db, start);
await serveOrders(port, async (order) => {
  const orderId = await placeOrder(db, order, { toOutbox: false });
  await start({ orderId, userId: order.userId, amount: String(order.amount) });
  return orderId;
});
console.log(READY);
