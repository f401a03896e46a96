/** The median, and in brackets the least and the most if there are several; a dash of none. */
export function medianAndRange(values: readonly (number | undefined)[]): string {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return '–';
  const middle = short(medianOf(sorted));
  return sorted.length === 1 ? middle : `${middle} (${short(least)} to ${short(most)})`;
}

/** Between the two in the middle if there are as many above as below; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return (at(Math.floor(half)) + at(Math.ceil(half))) / 2;
}

/** Three figures are more than any of it is sure of. */
export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2);
}
