/** A row inside of another one, in JSON: its amount is text, since a number of JSON is not exact. */
export type InJson<Row extends { readonly amount: bigint }> = Omit<Row, 'amount'> & {
  readonly amount: string;
};

export function withAmount<Row extends { readonly amount: string }>(
  row: Row,
): Omit<Row, 'amount'> & { amount: bigint } {
  return { ...row, amount: BigInt(row.amount) };
}
