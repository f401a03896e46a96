import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { ApiProblem } from '@gozon/client';
import type { Customer, IdempotencyOption } from '@gozon/client';
import { toJson } from '#contracts/values/to-json.ts';
import type { GozonClient } from '#tools/load/generate/gozon-client.ts';

/** One request, from sending to its outcome; times in ms since 1970. */
export interface RecordedRequest {
  readonly from: number;
  readonly to: number;
  /**
   * A refusal (4xx) is an answer too, but not one that only says when to ask again: `busy`, while the same key is being
   * worked on, and 429, which is `unknown` like everything else, such as 503 or a broken connection.
   */
  readonly end: 'ok' | 'fail' | 'busy' | 'unknown';
  /** Its Idempotency-Key. */
  readonly key?: string | undefined;
}

/**
 * A history as Jepsen writes it: a line when something is asked for, another when it is answered, or when it is known
 * that nobody will; and a line for each fault's beginning and end.
 */
export interface History extends AsyncDisposable {
  /** The same client, with each POST of its customers in the history. */
  record(gozon: GozonClient): GozonClient;
  note(what: string, about: object): void;
  readonly requests: readonly RecordedRequest[];
}

/** What a request asks for, by the operation's name and whatever it takes. */
interface Asked {
  readonly f: string;
  readonly key: string | undefined;
  readonly [parameter: string]: unknown;
}

/** @param file of JSON lines */
export function openHistory(file: string): History {
  const lines = createWriteStream(file);
  const requests: RecordedRequest[] = [];
  let operations = 0;

  const note = (what: string, about: object) =>
    void lines.write(`${toJson({ at: Date.now(), what, ...about })}\n`);

  async function noted<Reply>(about: Asked, send: () => Promise<Reply>): Promise<Reply> {
    const op = ++operations;
    const { key } = about;
    const from = Date.now();
    note('invoke', { op, ...about });
    try {
      const reply = await send();
      note('ok', { op, ...about, reply });
      requests.push({ from, to: Date.now(), end: 'ok', key });
      return reply;
    } catch (error) {
      const end = error instanceof ApiProblem && error.status < 500 ? 'fail' : 'unknown';
      note(end, { op, ...about, error: String(error) });
      requests.push({ from, to: Date.now(), end: isToComeAgain(error) ?? end, key });
      throw error;
    }
  }

  function recorded(customer: Customer): Customer {
    const { userId } = customer;
    const keyOf = (repeatable?: IdempotencyOption) => ({ key: repeatable?.idempotencyKey });
    return {
      ...customer,
      openAccount: async (account, repeatable) =>
        noted({ f: 'open account', userId, ...keyOf(repeatable) }, async () =>
          customer.openAccount(account, repeatable),
        ),
      topUp: async (amount, repeatable) =>
        noted({ f: 'top up', userId, amount, ...keyOf(repeatable) }, async () =>
          customer.topUp(amount, repeatable),
        ),
      placeOrder: async (order, repeatable) =>
        noted({ f: 'place order', userId, ...order, ...keyOf(repeatable) }, async () =>
          customer.placeOrder(order, repeatable),
        ),
      cancelOrder: async (orderId, repeatable) =>
        noted({ f: 'cancel order', userId, orderId, ...keyOf(repeatable) }, async () =>
          customer.cancelOrder(orderId, repeatable),
        ),
      captureOrder: async (orderId, capture, repeatable) =>
        noted({ f: 'capture order', userId, orderId, ...capture, ...keyOf(repeatable) }, async () =>
          customer.captureOrder(orderId, capture, repeatable),
        ),
      refundOrder: async (orderId, refund, repeatable) =>
        noted({ f: 'refund order', userId, orderId, ...refund, ...keyOf(repeatable) }, async () =>
          customer.refundOrder(orderId, refund, repeatable),
        ),
    };
  }

  return {
    requests,
    note,
    record: (gozon) => ({ ...gozon, as: (...who) => recorded(gozon.as(...who)) }),
    async [Symbol.asyncDispose]() {
      lines.end();
      await finished(lines);
    },
  };
}

function isToComeAgain(error: unknown): 'busy' | 'unknown' | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  if (error.code === 'idempotency_key_in_flight') return 'busy';
  return error.status === 429 ? 'unknown' : undefined;
}
