/** ES2025's JSON.rawJSON, which TypeScript's library does not describe yet. */
const { rawJSON } = JSON as typeof JSON & { rawJSON: (text: string) => unknown };

/** JSON in which a bigint is a JSON integer: money leaves us exactly, however large. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? rawJSON(part.toString()) : part,
  );
}
