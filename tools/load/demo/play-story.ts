import { randomUUID } from 'node:crypto';
import { ApiProblem } from '@gozon/client';
import type { Customer } from '@gozon/client';
import { pause } from '@gozon/timing';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { formatMoney } from '#contracts/values/money/format-money.ts';
import { paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import type { GozonClient } from '../generate/gozon-client.ts';
import { repeatUntilAnswered } from '../generate/repeat-until-answered.ts';

export interface Story {
  readonly gozon: GozonClient;
  readonly say: (line: string) => void;
  /** Where a workflow can be watched. */
  readonly workflowUrl: (workflowId: string) => string;
  /** How long an outage, or a decision, is waited for, in ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Plays what a customer does, a step a line. @throws UserError when a step does not end as it should */
export async function playStory(story: Story): Promise<void> {
  const { gozon, say } = story;
  const customer = gozon.as(randomUUID());
  const key = () => ({ idempotencyKey: randomUUID() });
  const sure = async <Reply>(ask: () => Promise<Reply>) => repeatUntilAnswered(ask, story);
  const opening = key();
  const topUp = key();

  say(`A new customer, ${customer.userId}, comes to ${gozon.baseUrl}.`);
  const { currency } = await sure(async () => customer.openAccount({}, opening));
  const money = (amount: bigint) => formatMoney(amount, currency);
  const account = await sure(async () => customer.topUp(5_000n, topUp));
  say(`  opens an account and tops it up: the balance is ${money(account.balance)}.`);

  const bookKey = key();
  const book = await sure(async () =>
    customer.placeOrder({ amount: 1_999n, description: 'A book' }, bookKey),
  );
  say(`  orders a book for ${money(book.amount)}: acknowledged as order ${book.orderId}, ${book.status}.`);
  const paid = await untilDecided(story, customer, book);
  expect(paid.status === 'paid', `the book is ${paid.status}`);
  say(
    `  ${took(paid)} later it is paid, and the balance is ${money((await sure(async () => customer.account())).balance)}.`,
  );
  say(`    Its workflow: ${story.workflowUrl(paymentWorkflowId(book.orderId))}`);

  const again = await sure(async () =>
    customer.placeOrder({ amount: 1_999n, description: 'A book' }, bookKey),
  );
  expect(again.orderId === book.orderId, 'the repeated request made another order');
  say(
    `  repeats that request with the same Idempotency-Key, as after a lost reply: the same order, nothing paid twice.`,
  );

  const bikeKey = key();
  const bike = await sure(async () =>
    customer.placeOrder({ amount: 89_900n, description: 'A bicycle' }, bikeKey),
  );
  const failed = await untilDecided(story, customer, bike);
  expect(failed.failureReason === 'insufficient_funds', `the bicycle is ${failed.status}`);
  say(
    `  orders a bicycle for ${money(bike.amount)}: after ${took(failed)} it is ${failed.status}, ${failed.failureReason}.`,
  );

  await reserveAndCapture(story, customer);

  const wrong = await refusal(sure(async () => customer.placeOrder({ amount: -1n })));
  say(`  orders for less than nothing: ${wrong.message}.`);
  const stranger = gozon.as(randomUUID(), 'customer');
  const hidden = await refusal(sure(async () => stranger.order(book.orderId)));
  say(`Somebody else asks for that book: ${hidden.message}`);

  const { balance } = await sure(async () => customer.account());
  expect(balance === 2_251n, `the balance is ${balance}`);
  const { items } = await sure(async () => customer.orders());
  const list = items.map(({ description, status }) => `${description} (${status})`).join(', ');
  say(`In the end the customer has ${money(balance)}, and ${items.length} orders: ${list}.`);
}

/** An order whose money is reserved, captured in part, and refunded in part. */
async function reserveAndCapture(story: Story, customer: Customer): Promise<void> {
  const { say } = story;
  const sure = async <Reply>(ask: () => Promise<Reply>) => repeatUntilAnswered(ask, story);
  const [lampKey, captureKey, refundKey] = [randomUUID(), randomUUID(), randomUUID()];
  const lamp = await sure(async () =>
    customer.placeOrder(
      { amount: 2_000n, description: 'Two lamps', captureMethod: 'manual', captureWithin: HOLD },
      { idempotencyKey: lampKey },
    ),
  );
  const { orderId, currency } = lamp;
  const money = (amount: bigint) => formatMoney(amount, currency);
  const held = await untilDecided(story, customer, lamp);
  expect(held.status === 'authorized', `the lamps are ${held.status}`);
  const account = await sure(async () => customer.account());
  expect(account.held === 2_000n, `${account.held} is held`);
  say(
    `  orders two lamps for ${money(lamp.amount)}, to be captured by ${held.captureBefore}: ${money(account.held)} is held, and ${money(account.available)} available.`,
  );
  say(
    `    Its workflow waits for a capture or for the end: ${story.workflowUrl(paymentWorkflowId(orderId))}`,
  );

  await sure(async () => customer.captureOrder(orderId, { amount: 1_000n }, { idempotencyKey: captureKey }));
  const captured = await untilOrder(story, customer, orderId, ({ status }) => status !== 'authorized');
  expect(captured.amountCaptured === 1_000n, `${captured.amountCaptured} was captured`);
  say(`  The shop has one lamp only and captures ${money(1_000n)}: the rest is released.`);

  await sure(async () =>
    customer.refundOrder(orderId, { amount: 250n, reason: 'Scratched' }, { idempotencyKey: refundKey }),
  );
  const refunded = await untilOrder(story, customer, orderId, ({ amountRefunded }) => amountRefunded > 0n);
  expect(refunded.amountRefunded === 250n, `${refunded.amountRefunded} was refunded`);
  say(`  It is scratched, and ${money(250n)} of it is refunded: the order stays ${refunded.status}.`);
}

/** In s. */
const HOLD = 3_600;

const ASK_EVERY = 10;

async function untilDecided(story: Story, customer: Customer, { orderId }: OrderReply): Promise<OrderReply> {
  return untilOrder(story, customer, orderId, ({ status }) => status !== 'created');
}

async function untilOrder(
  story: Story,
  customer: Customer,
  orderId: string,
  isSo: (order: OrderReply) => boolean,
): Promise<OrderReply> {
  const deadline = performance.now() + story.timeout;
  for (;;) {
    const order = await repeatUntilAnswered(async () => customer.order(orderId), story);
    if (isSo(order)) return order;
    if (story.signal.aborted) throw new UserError('Stopped.');
    expect(performance.now() < deadline, `order ${orderId} is still ${order.status}`);
    await pause(ASK_EVERY, story.signal);
  }
}

/** How long a decision took, by the order's own times. */
function took({ createdAt, updatedAt }: OrderReply): string {
  return `${Date.parse(updatedAt) - Date.parse(createdAt)} ms`;
}

async function refusal(request: Promise<unknown>): Promise<ApiProblem> {
  const error = await request.then(
    () => new UserError('What should have been refused was done.'),
    (reason: unknown) => reason,
  );
  if (error instanceof ApiProblem && error.status < 500) return error;
  throw error;
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new UserError(`That is not how it should end: ${otherwise}.`);
}
