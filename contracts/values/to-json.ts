/** ES2025's JSON.rawJSON, which TypeScript's library does not describe yet. */
const { rawJSON } = JSON as typeof JSON & { rawJSON: (text: string) => unknown };

/** JSON in which a bigint is a JSON integer, so that money of any size is exact. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? rawJSON(part.toString()) : part,
  );
}
