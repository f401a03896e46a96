/** What an order that is paid leaves, from the gateway to the stream. docs/operations/traces.md shows it. */
export const PAID = `\
gateway SERVER POST /api/orders
  gateway CLIENT POST /api/orders
    orders SERVER POST /api/orders
      orders CLIENT place_order
      workflows PRODUCER dispatch pay
        workflows INTERNAL workflow payOrder
          workflows INTERNAL activity debit
            workflows CLIENT debit
          workflows INTERNAL activity report
            workflows PRODUCER send payment-status.v1
              orders CONSUMER process payment-status.v1
                orders CLIENT insert inbox
                orders INTERNAL stream order`;

/** The same, of an order that nobody follows. */
export function withoutStream(tree: string): string {
  return tree.replace(/\n.* stream order$/, '');
}
