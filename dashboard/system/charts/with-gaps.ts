import type { Reading } from '#contracts/http/system-api.ts';

/** In ms. Readings are 9 s apart at most while somebody takes them. */
const APART = 12_000;

/** The readings, with an undefined one where none were taken for a while: a line has a gap there. */
export function withGaps(readings: readonly Reading[]): { at: number; reading: Reading | undefined }[] {
  return readings.flatMap((reading, index) => {
    const at = Date.parse(reading.at);
    const before = Date.parse(readings[index - 1]?.at ?? reading.at);
    const gap = at - before > APART ? [{ at: before + 1, reading: undefined }] : [];
    return [...gap, { at, reading }];
  });
}
