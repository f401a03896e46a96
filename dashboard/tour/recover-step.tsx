import type { OrderReply } from '#contracts/http/orders-api.ts';
import { durationText } from '../order-page/timeline/describe-entry.ts';
import { useNow } from '../order-page/use-now.ts';
import { useStack } from '../system/use-system.ts';
import classes from './tour.module.css';

/** While the order waits for the worker to come back. */
export function RecoverStep({ order }: { order: OrderReply | undefined }) {
  const now = useNow(true);
  const { data: stack } = useStack();
  if (!order) return null;
  const placed = Date.parse(order.createdAt);
  const events = (stack?.events ?? []).filter(({ at }) => Date.parse(at) >= placed - JUST_BEFORE);
  return (
    <>
      <p>
        The order was accepted, and nobody is there to pay it. It waits in the outbox:{' '}
        <b className="number" role="timer">
          {durationText(Math.max(0, now - placed))}
        </b>
      </p>
      <ul className={classes['events']}>
        {events.map(({ at, text }) => (
          <li key={at + text}>{text}</li>
        ))}
      </ul>
    </>
  );
}

/** In ms: the kill came before the order. */
const JUST_BEFORE = 5_000;
