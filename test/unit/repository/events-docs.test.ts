import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { paymentEventExample } from '#contracts/events/payment-event-examples.ts';
import { rankOf } from '#contracts/events/payment-events.ts';
import {
  CANCELLATION_REASONS,
  DECLINE_REASONS,
  PAYMENT_EVENT_TYPES,
} from '#contracts/values/order-status.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const read = (file: string) => readFileSync(path.join(CHECKOUT, file), 'utf8');
const spansOf = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);

describe('docs/events.md', () => {
  const text = read('docs/events.md');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `payment.'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    )
    .filter((row) => row.length === 5);

  it('lists each type of event, and no other', () => {
    assert.deepEqual(
      rows.map(([type = '']) => spansOf(type)[0]),
      PAYMENT_EVENT_TYPES,
    );
  });

  for (const [type, [, , id = '', rank = '', more = '']] of rows.entries()) {
    const event = paymentEventExample(PAYMENT_EVENT_TYPES[type] ?? 'payment.completed', 'EUR');
    const { orderId } = event.data;

    it(`tells the id, rank and data of ${event.type}`, () => {
      const [shown = '', ofCancel] = spansOf(id).map((span) => span.replace('<order>', orderId));
      const { refundId = '' } = 'refundId' in event.data ? event.data : {};
      assert.equal(event.id, shown.replace('<refundId>', refundId));
      assert.equal(ofCancel, event.type === 'payment.refunded' ? `${orderId}/refund` : undefined);
      if (event.type === 'payment.refunded') {
        const amountCaptured = event.data.amountCaptured ?? 0;
        const all = { ...event.data, type: event.type, amountRefunded: amountCaptured };
        assert.equal(rank, `${rankOf(all)} when all is back, otherwise ${event.data.rank}`);
      } else {
        assert.equal(rank, String(event.data.rank));
      }
      const ofEach = new Set(['orderId', 'userId', 'amount', 'currency', 'rank']);
      const reasons = new Set<string>([...DECLINE_REASONS, ...CANCELLATION_REASONS]);
      assert.deepEqual(
        spansOf(more).filter((span) => !reasons.has(span)),
        Object.keys(event.data).filter((name) => !ofEach.has(name)),
      );
    });
  }

  it('lists each reason', () => {
    const listed = rows.flatMap(([, , , , more = '']) =>
      more.startsWith('`reason`') ? [spansOf(more).slice(1)] : [],
    );
    assert.deepEqual(listed, [DECLINE_REASONS, CANCELLATION_REASONS]);
  });

  it('shows the example of the AsyncAPI document', () => {
    const shown = /```json\n(.+?)```/s.exec(text)?.[1] ?? '';
    assert.deepEqual(
      JSON.parse(shown),
      JSON.parse(JSON.stringify(paymentEventExample('payment.captured', 'EUR'))),
    );
  });
});
