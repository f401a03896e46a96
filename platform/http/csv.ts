import { Readable } from 'node:stream';

/** A number is written as it is, null as nothing, and text so that a spreadsheet takes it for text. */
export type CsvField = string | bigint | number | null;

/** Rows of one page: as many as one statement reads. */
export const CSV_PAGE = 1_000;

/**
 * Rows as CSV (RFC 4180, in UTF-8, with a header), a page at a time. The next page is read when the client has taken the one
 * before, so neither rows nor statements pile up; when it disconnects no further page is read. It breaks off when a page
 * cannot be read: then the transfer is not complete, and the client sees that.
 */
export function toCsv<Row>(
  columns: Readonly<Record<string, (row: Row) => CsvField>>,
  pages: AsyncIterable<readonly Row[]>,
): Readable {
  const fields = Object.values(columns);
  async function* lines(): AsyncGenerator<string, void> {
    yield csvLine(Object.keys(columns));
    for await (const page of pages)
      yield page.map((row) => csvLine(fields.map((field) => field(row)))).join('');
  }
  return Readable.from(lines(), { objectMode: false });
}

export function csvLine(fields: readonly CsvField[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(value: CsvField): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // A spreadsheet would calculate it (OWASP, CSV injection).
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The pages of a list, one after the other, until one is not full.
 * @param read up to {@link CSV_PAGE} rows after a row
 */
export async function* keysetPages<Row>(
  read: (after: Row | undefined) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[], void> {
  for (let last: Row | undefined; ;) {
    const page = await read(last);
    yield page;
    if (page.length < CSV_PAGE) return;
    last = page.at(-1);
  }
}
