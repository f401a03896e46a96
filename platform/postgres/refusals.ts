import type { Problem } from '#contracts/http/problem.ts';
import { refusalCode } from './database.ts';

/** By the SQLSTATE with which a service's database functions refuse: the Problem that the client gets. */
export type Refusals = Readonly<Record<string, () => Problem>>;

/** The Problem that the table has for an error; the error itself when it is no refusal of the table. */
export function problemFor(error: unknown, refusals: Refusals): unknown {
  const code = refusalCode(error);
  const refusal = code === undefined ? undefined : refusals[code];
  return refusal ? refusal() : error;
}
