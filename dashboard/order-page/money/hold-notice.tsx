import { Alert } from '@mantine/core';
import { Lock } from 'lucide-react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { moneyText } from '../../money/money-text.ts';
import { Time } from '../../shell/time.tsx';
import { remainingText } from './remaining-text.ts';

/** What an order holds and until when. @param now by the server's clock, in ms since the epoch */
export function HoldNotice({ order, now }: { order: OrderReply; now: number }) {
  const { captureBefore, captureRequestedAt, cancelRequestedAt } = order;
  if (order.status !== 'authorized' || captureBefore === null) return null;
  const money = moneyText(order.amount, order.currency);
  const left = Date.parse(captureBefore) - now;
  return (
    <Alert variant="light" color="indigo" mt="md" icon={<Lock size={18} />} title={`${money} is reserved`}>
      {captureRequestedAt !== null ? (
        'A capture was accepted, and is being carried out.'
      ) : cancelRequestedAt !== null || left <= 0 ? (
        `${left <= 0 ? 'The hold has ended' : 'A release was accepted'}, and the money is being released.`
      ) : (
        <>
          Until <Time at={captureBefore} />: <Left ms={left} />
        </>
      )}
    </Alert>
  );
}

/** A timer is not read out at each change. */
function Left({ ms }: { ms: number }) {
  return (
    <span role="timer" className="number">
      {remainingText(ms)} left
    </span>
  );
}
