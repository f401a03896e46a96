/** The customer of every example, and their order. A client that names this user can send each example unchanged. */
export const EXAMPLE_IDS = {
  userId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  orderId: '01a20513-3e17-736e-ba40-56f203b57c44',
} as const;

/**
 * The documentation's example of a route, as JSON on the wire. `{currency}` stands for the shop's currency,
 * `{currencyDigits}` for its minor unit.
 */
export interface Example {
  readonly body?: object;
  readonly reply: unknown;
}

export type Examples = Readonly<Record<string, Example>>;
