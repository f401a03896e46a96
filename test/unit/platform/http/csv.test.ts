import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { CSV_PAGE, csvLine, keysetPages, toCsv } from '#platform/http/csv.ts';
import { SERVICE_SECRET, serveTestService } from '#test/support/test-service.ts';
import { eventually } from '#tools/testbed/eventually.ts';

describe('a line of CSV', () => {
  for (const [what, fields, line] of [
    ['numbers, texts and nothing', ['debit', -1999n, 2, null], 'debit,-1999,2,\r\n'],
    [
      'commas, quotes and line ends in quotes',
      ['a,b', 'say "no"', 'x\r\ny'],
      '"a,b","say ""no""","x\r\ny"\r\n',
    ],
    [
      'text that a spreadsheet would calculate, made text',
      ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '=a,"b"'],
      `'=1+1,'+1,'-1,'@SUM(A1),'\t=1,"'=a,""b"""\r\n`,
    ],
    ['an amount below zero as a number', [-1n, '-1'], `-1,'-1\r\n`],
    ['any letter', ['Grüße, 東京', 'a=b'], '"Grüße, 東京",a=b\r\n'],
  ] as const) {
    it(`has ${what}`, () => assert.equal(csvLine(fields), line));
  }
});

describe('rows as CSV', () => {
  const ROWS = 200 * CSV_PAGE;
  const PADDING = 'x'.repeat(200);

  /** A list that counts how many of its pages were read, and how many are being read. */
  function countedList(rows: number) {
    const seen = { pages: 0, underWay: 0, mostUnderWay: 0, isGivenUp: false };
    const pages = keysetPages<number>(async (last = -1) => {
      seen.pages += 1;
      seen.underWay += 1;
      seen.mostUnderWay = Math.max(seen.mostUnderWay, seen.underWay);
      await new Promise(setImmediate);
      seen.underWay -= 1;
      return Array.from({ length: Math.min(CSV_PAGE, rows - last - 1) }, (_, n) => last + 1 + n);
    });
    async function* watched() {
      try {
        yield* pages;
      } finally {
        seen.isGivenUp = true;
      }
    }
    return { seen, pages: watched() };
  }
  const columns = { n: (n: number) => n, text: () => PADDING };

  async function serve(pages: AsyncIterable<readonly number[]>) {
    return serveTestService((router) => {
      router.get('/rows', (ctx) => {
        ctx.type = 'text/csv';
        ctx.body = toCsv(columns, pages);
      });
    });
  }
  async function ask(url: string): Promise<IncomingMessage> {
    const headers = { 'x-service-secret': SERVICE_SECRET };
    const [reply] = (await once(get(`${url}/rows`, { headers, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    return reply;
  }

  for (const rows of [0, 1, CSV_PAGE - 1, CSV_PAGE, CSV_PAGE + 1, 3 * CSV_PAGE]) {
    it(`are all of ${rows}, each once, below a header`, async () => {
      const { seen, pages } = countedList(rows);
      const lines = (await text(toCsv(columns, pages))).split('\r\n');
      assert.deepEqual(lines, ['n,text', ...Array.from({ length: rows }, (_, n) => `${n},${PADDING}`), '']);
      assert.equal(seen.pages, Math.floor(rows / CSV_PAGE) + 1);
    });
  }

  it('are read as the client takes them, one page at a time, and no further when it disconnects', async () => {
    const { seen, pages } = countedList(ROWS);
    await using service = await serve(pages);
    const reply = await ask(service.url);
    reply.on('error', () => {});
    // Its buffers and those of the connection are full when no page is read for a while, although the client is there.
    let before = -1;
    await eventually('it to wait for the client', async () => {
      const now = seen.pages;
      const waits = now === before && now > 0;
      before = now;
      return waits;
    });
    const unread = seen.pages;
    assert.ok(unread < 100, `${unread} of 201 pages were read before anybody took them`);
    assert.equal(seen.mostUnderWay, 1);
    reply.destroy();
    await eventually('the list to be given up', () => seen.isGivenUp);
    assert.ok(seen.pages <= unread + 1);
  });

  it('break off when a page cannot be read, so that the client knows that they are not all', async () => {
    async function* broken() {
      yield Array.from({ length: CSV_PAGE }, (_, n) => n);
      await new Promise(setImmediate);
      throw new Error('the database is away');
    }
    await using service = await serve(broken());
    const reply = await ask(service.url);
    await assert.rejects(text(reply), { code: 'ECONNRESET' });
  });
});
