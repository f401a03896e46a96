import { problems } from '#contracts/http/problems.ts';

/** ES2025's JSON.parse, whose reviver sees a number as written. TypeScript's library does not describe it yet. */
const parse = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

/**
 * JSON that means one thing only. JSON.parse takes the last of two values of a key, and rounds a number to a double:
 * 1999.9999999999999999 to 2000. Here an integer that is not the number that was written is NaN, which no schema accepts.
 * @throws Problem 400 for what is not JSON, and for a key twice in one object
 */
export function parseExactJson(text: string): unknown {
  let value: unknown;
  try {
    value = parse(text, (_key, part, { source = '' }) =>
      Number.isInteger(part) && !isExact(part as number, source) ? Number.NaN : part,
    );
  } catch {
    throw problems.malformedJson();
  }
  const key = findDuplicateKey(text);
  if (key !== undefined) throw problems.malformedJson(`The body has the key ${key} twice in one object.`);
  return value;
}

/** Whether a number of JSON, such as 12.50e3, is exactly this integer. */
function isExact(integer: number, source: string): boolean {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^([^.e]+)(?:\.(\d+))?(?:e(.+))?$/i.exec(source) ?? [];
  const digits = BigInt(whole + fraction);
  // Before the power: the exponent of a zero can have thousands of digits.
  if (integer === 0 || digits === 0n) return integer === 0 && digits === 0n;
  const shift = Number(exponent) - fraction.length;
  const power = 10n ** BigInt(Math.abs(shift));
  return shift < 0 ? digits === BigInt(integer) * power : digits * power === BigInt(integer);
}

/** A brace, or a string and the colon that makes it a key. */
const BRACE_OR_STRING = /[{}]|("(?:[^"\\]|\\.)*")(\s*:)?/g;

/** @param text valid JSON. @returns the second of two equal keys, as written */
function findDuplicateKey(text: string): string | undefined {
  const open: Set<unknown>[] = [];
  for (const [token, string = '', colon] of text.matchAll(BRACE_OR_STRING)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (colon !== undefined) {
      const keys = open.at(-1);
      // Equal after unescaping: the key "a" can be written "\u0061".
      const key: unknown = JSON.parse(string);
      if (keys?.has(key)) return string;
      keys?.add(key);
    }
  }
  return undefined;
}
