/** What was measured of one part of growth, by what it is, in the unit that its name says. */
export interface PartResult {
  readonly part: string;
  readonly figures: Readonly<Record<string, number>>;
}
