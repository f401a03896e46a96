/** The fields that are bigint in code. */
const BIGINTS = new Set([
  'amount',
  'amountCapturable',
  'amountCaptured',
  'amountRefunded',
  'available',
  'balance',
  'balanceAfter',
  'held',
  'version',
]);

/** ES2025's JSON.parse, whose reviver sees a number as written. TypeScript's library does not describe it yet. */
const parse = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/** A JSON body with money as bigint, exact however large. @throws SyntaxError */
export function parseReply(text: string): unknown {
  return parse(text, (key, value, { source }) =>
    BIGINTS.has(key) && typeof value === 'number' && source !== undefined ? BigInt(source) : value,
  );
}
