/** How a route is reached; the rest of its contract is in contracts/http/. */
export interface RouteHead {
  /** The OpenAPI operationId. */
  readonly id: string;
  readonly method: 'get' | 'post';
  /** With parameters as OpenAPI writes them: /api/orders/{orderId}. */
  readonly path: string;
}

/**
 * The head of every route. It stands apart from the schemas, because a client needs it at run time and the dashboard must
 * not load the schema library.
 */
export const ROUTES = {
  openAccount: { id: 'openAccount', method: 'post', path: '/api/payments/accounts' },
  listAccounts: { id: 'listAccounts', method: 'get', path: '/api/payments/accounts' },
  topUpAccount: { id: 'topUpAccount', method: 'post', path: '/api/payments/accounts/{userId}/top-up' },
  getAccount: { id: 'getAccount', method: 'get', path: '/api/payments/accounts/{userId}' },
  getStatement: { id: 'getStatement', method: 'get', path: '/api/payments/accounts/{userId}/statement' },
  exportStatement: {
    id: 'exportStatement',
    method: 'get',
    path: '/api/payments/accounts/{userId}/statement.csv',
  },
  exportSettlements: { id: 'exportSettlements', method: 'get', path: '/api/system/settled-orders.csv' },
  placeOrder: { id: 'placeOrder', method: 'post', path: '/api/orders' },
  listOrders: { id: 'listOrders', method: 'get', path: '/api/orders' },
  getOrder: { id: 'getOrder', method: 'get', path: '/api/orders/{orderId}' },
  followOrders: { id: 'followOrders', method: 'get', path: '/api/orders/events' },
  getTimeline: { id: 'getTimeline', method: 'get', path: '/api/orders/{orderId}/timeline' },
  cancelOrder: { id: 'cancelOrder', method: 'post', path: '/api/orders/{orderId}/cancel' },
  captureOrder: { id: 'captureOrder', method: 'post', path: '/api/orders/{orderId}/capture' },
  refundOrder: { id: 'refundOrder', method: 'post', path: '/api/orders/{orderId}/refunds' },
  listRefunds: { id: 'listRefunds', method: 'get', path: '/api/orders/{orderId}/refunds' },
  getSystem: { id: 'getSystem', method: 'get', path: '/api/system' },
  getSystemHistory: { id: 'getSystemHistory', method: 'get', path: '/api/system/history' },
  redrive: { id: 'redrive', method: 'post', path: '/api/system/redrive' },
  listDeadLetters: { id: 'listDeadLetters', method: 'get', path: '/api/system/dead-letters' },
  skipDeadLetters: { id: 'skipDeadLetters', method: 'post', path: '/api/system/dead-letters/skip' },
  reconcile: { id: 'reconcile', method: 'post', path: '/api/system/reconcile' },
  decodePayloads: { id: 'decodePayloads', method: 'post', path: '/api/temporal/decode' },
  restoreOrder: { id: 'restoreOrder', method: 'post', path: '/api/system/restored-orders' },
  findOrders: { id: 'findOrders', method: 'get', path: '/api/system/orders' },
  cancelForCustomer: { id: 'cancelForCustomer', method: 'post', path: '/api/system/orders/{orderId}/cancel' },
  listOperatorActions: { id: 'listOperatorActions', method: 'get', path: '/api/system/actions' },
  getStack: { id: 'getStack', method: 'get', path: '/api/stack' },
  fault: { id: 'fault', method: 'post', path: '/api/stack/faults' },
  startLoad: { id: 'startLoad', method: 'post', path: '/api/stack/load' },
  stopLoad: { id: 'stopLoad', method: 'post', path: '/api/stack/load/stop' },
  deliverTwice: { id: 'deliverTwice', method: 'post', path: '/api/stack/deliver-twice' },
  getDecision: { id: 'getDecision', method: 'get', path: '/internal/decisions/{orderId}' },
  getRuns: { id: 'getRuns', method: 'get', path: '/internal/runs/{orderId}' },
} as const satisfies Record<string, RouteHead>;
