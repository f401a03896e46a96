import type {
  captureOrderRoute,
  listOrdersRoute,
  OrderReply,
  placeOrderRoute,
  refundOrderRoute,
  RefundReply,
  TimelineReply,
} from '@gozon/contracts/http/orders-api';
import type { Page } from '@gozon/contracts/http/page';
import type {
  AccountReply,
  getStatementRoute,
  openAccountRoute,
  PostingReply,
} from '@gozon/contracts/http/payments-api';
import type { BodyOf, QueryOf } from '@gozon/contracts/http/route-contract';
import { ROUTES } from '@gozon/contracts/values/routes';
import { createCall } from './call.ts';
import type { Call, Send } from './call.ts';
import { followOrders } from './follow-orders.ts';
import type { OpenStream, OrderStream } from './follow-orders.ts';

/** One customer's view of the API. Amounts in minor units. All methods throw `ApiProblem`, or a network error. */
export interface Customer {
  readonly userId: string;
  openAccount(
    account?: BodyOf<typeof openAccountRoute>,
    repeatable?: IdempotencyOption,
  ): Promise<AccountReply>;
  topUp(amount: bigint, repeatable?: IdempotencyOption): Promise<AccountReply>;
  account(): Promise<AccountReply>;
  /** One, or none before it is opened. */
  accounts(): Promise<{ items: AccountReply[] }>;
  statement(page?: Partial<QueryOf<typeof getStatementRoute>>): Promise<Page<PostingReply>>;
  placeOrder(order: BodyOf<typeof placeOrderRoute>, repeatable?: IdempotencyOption): Promise<OrderReply>;
  cancelOrder(orderId: string, repeatable?: IdempotencyOption): Promise<OrderReply>;
  /** For merchants. All of what is held, unless an amount is given. */
  captureOrder(
    orderId: string,
    capture?: BodyOf<typeof captureOrderRoute>,
    repeatable?: IdempotencyOption,
  ): Promise<OrderReply>;
  /** For merchants. */
  refundOrder(
    orderId: string,
    refund: BodyOf<typeof refundOrderRoute>,
    repeatable?: IdempotencyOption,
  ): Promise<RefundReply>;
  /** Oldest first. */
  refunds(orderId: string): Promise<{ items: RefundReply[] }>;
  order(orderId: string): Promise<OrderReply>;
  orders(page?: Partial<QueryOf<typeof listOrdersRoute>>): Promise<Page<OrderReply>>;
  timeline(orderId: string): Promise<TimelineReply>;
  /** Follows this customer's orders from now on, or from after an earlier change. Resolves when following has begun. */
  follow(from?: { lastEventId?: string }): Promise<OrderStream>;
  /** Any route as this customer. */
  readonly call: Call;
  /** Any request as this customer; a refusal is returned, not thrown. */
  readonly send: Send;
}

/** A POST with a key may be repeated after an outage: it is done once. */
export interface IdempotencyOption {
  readonly idempotencyKey?: string;
}

/** One customer, over a transport that says who asks. */
export function createCustomerClient(
  userId: string,
  { send, open }: { readonly send: Send; readonly open: OpenStream },
): Customer {
  const call = createCall(send);
  const params = { userId };
  return {
    userId,
    send,
    call,
    openAccount: async (body = {}, repeatable) => call(ROUTES.openAccount, { body, ...repeatable }),
    topUp: async (amount, repeatable) =>
      call(ROUTES.topUpAccount, { params, body: { amount }, ...repeatable }),
    account: async () => call(ROUTES.getAccount, { params }),
    accounts: async () => call(ROUTES.listAccounts, {}),
    statement: async (query = {}) => call(ROUTES.getStatement, { params, query }),
    placeOrder: async (body, repeatable) => call(ROUTES.placeOrder, { body, ...repeatable }),
    cancelOrder: async (orderId, repeatable) =>
      call(ROUTES.cancelOrder, { params: { orderId }, ...repeatable }),
    captureOrder: async (orderId, body = {}, repeatable) =>
      call(ROUTES.captureOrder, { params: { orderId }, body, ...repeatable }),
    refundOrder: async (orderId, body, repeatable) =>
      call(ROUTES.refundOrder, { params: { orderId }, body, ...repeatable }),
    refunds: async (orderId) => call(ROUTES.listRefunds, { params: { orderId } }),
    order: async (orderId) => call(ROUTES.getOrder, { params: { orderId } }),
    orders: async (query = {}) => call(ROUTES.listOrders, { query }),
    timeline: async (orderId) => call(ROUTES.getTimeline, { params: { orderId } }),
    follow: async (from) => followOrders(open, from),
  };
}
