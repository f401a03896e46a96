import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { api } from '#contracts/http/api.ts';
import { codecApi } from '#contracts/http/codec-api.ts';
import { EXAMPLES } from '#contracts/http/examples/examples.ts';
import { PROBLEM_CODES } from '#contracts/http/problem-codes.ts';
import { stackApi } from '#contracts/http/stack-api.ts';
import { ORDER_STATUSES, PAYMENT_EVENT_TYPES } from '#contracts/values/order-status.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

describe('docs/api.md', () => {
  const text = readFileSync(path.join(CHECKOUT, 'docs/api.md'), 'utf8');
  /** The cells of each row of its tables. */
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );

  it('lists every error with its status and title, and no other', () => {
    const listed = rows.filter(([status = '']) => /^[45]\d\d$/.test(status)).map((row) => row.slice(0, 3));
    const known = Object.entries(PROBLEM_CODES).map(([code, { status, title }]) => [
      `${status}`,
      `\`${code}\``,
      title,
    ]);
    assert.deepEqual(listed, known);
  });

  it('lists every route, and no other', () => {
    const listed = rows.flatMap(([first = '']) => /^`((?:GET|POST) \/[^ `]*)/.exec(first)?.[1] ?? []);
    assert.deepEqual(
      listed.toSorted(),
      [...api, ...codecApi, ...stackApi]
        .map((route) => `${route.method.toUpperCase()} ${route.path}`)
        .toSorted(),
    );
  });

  it('shows the order of the OpenAPI document', () => {
    const shown = /^\{"orderId":[^}]*\}/m.exec(text)?.[0] ?? '';
    const example = EXAMPLES['placeOrder']?.reply as object;
    assert.deepEqual(JSON.parse(shown), { ...example, currency: 'EUR', currencyDigits: 2 });
  });
});

describe('the life of an order in docs/api.md', () => {
  const text = readFileSync(path.join(CHECKOUT, 'docs/api.md'), 'utf8');
  const diagram = /```mermaid\nstateDiagram-v2\n(.+?)```/s.exec(text)?.[1] ?? '';
  const arrows = [...diagram.matchAll(/^ +(\S+) --> (\w+): (\S+?),?(?: .*)?$/gm)].map(
    ([, from = '', to = '', event = '']) => ({ from, to, event }),
  );

  it('has each status', () => {
    const shown = new Set(arrows.map(({ to }) => to));
    assert.deepEqual([...shown].toSorted(), ORDER_STATUSES.toSorted());
  });

  it('has each type of event', () => {
    const shown = new Set(arrows.map(({ event }) => event).filter((event) => event !== 'POST'));
    assert.deepEqual([...shown].toSorted(), PAYMENT_EVENT_TYPES.toSorted());
  });
});
