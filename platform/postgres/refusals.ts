import type { Problem } from '#contracts/http/problem.ts';
import { refusalCode, refusalDetail } from './database.ts';

/**
 * By the SQLSTATE with which a service's database functions refuse: the Problem that the client gets. Some say more in the
 * DETAIL of the error, such as the status of an order.
 */
export type Refusals = Readonly<Record<string, (detail: string) => Problem>>;

/** The Problem that the table has for an error; the error itself when it is no refusal of the table. */
export function problemFor(error: unknown, refusals: Refusals): unknown {
  const code = refusalCode(error);
  const refusal = code === undefined ? undefined : refusals[code];
  return refusal ? refusal(refusalDetail(error)) : error;
}
