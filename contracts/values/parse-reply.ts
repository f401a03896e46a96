/** What the API counts in bigint. */
const BIGINTS = new Set(['amount', 'balance', 'balanceAfter', 'version']);

/** JSON.parse as of ES2025, whose reviver sees a number as it was written; TypeScript's library does not know it yet. */
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
