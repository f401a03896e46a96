import type { DecisionReply } from '#contracts/decisions-api.ts';

/** In ms; payments' own deadlines are longer, but a timeline that lacks a part is better than one that is late. */
const DEADLINE = 2_000;

/** Asks payments what it knows of one order of a user. */
export type AskPayments = (order: {
  orderId: string;
  userId: string;
  traceparent: string;
}) => Promise<DecisionReply>;

/** @throws when payments is away, too slow or refuses */
export function createAskPayments(options: { url: string; serviceSecret: string }): AskPayments {
  return async ({ orderId, userId, traceparent }) => {
    const reply = await fetch(new URL(`/internal/decisions/${orderId}`, options.url), {
      headers: { 'X-Service-Secret': options.serviceSecret, 'X-User-Id': userId, traceparent },
      signal: AbortSignal.timeout(DEADLINE),
    });
    if (!reply.ok) throw new Error(`payments answered ${reply.status}`);
    return (await reply.json()) as DecisionReply;
  };
}
