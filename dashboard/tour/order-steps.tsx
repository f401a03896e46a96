import { Anchor } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { StatusBadge } from '../order-list/status-badge.tsx';

export function OpenStep() {
  return (
    <>
      <p>Orders are paid from an account. Open yours: it takes a click.</p>
      <WayHome />
    </>
  );
}

export function TopUpStep() {
  return (
    <>
      <p>
        Write an amount such as 50 at “Top-up amount”, and press “Top up”. It is in your statement at once.
      </p>
      <WayHome />
    </>
  );
}

export function OrderStep({ order }: { order: OrderReply | undefined }) {
  return (
    <>
      <p>
        Write an amount that you have at “Order amount”, and press “Place order”. The order is on the disk
        when it is acknowledged, and paid a moment later.
      </p>
      {order && (
        <p>
          Your last order: <StatusBadge order={order} />
        </p>
      )}
      <WayHome />
    </>
  );
}

export function LookStep({ order }: { order: OrderReply | undefined }) {
  return (
    <p>
      It is paid.{' '}
      <Anchor component={Link} underline="always" href={`/orders/${order?.orderId}`} inherit>
        Open your order
      </Anchor>
      : its page shows each part of the system that it went through, and how long each took.
    </p>
  );
}

/** To the page with the forms, from elsewhere. */
function WayHome() {
  const [path] = useLocation();
  if (path === '/') return null;
  return (
    <p>
      <Anchor component={Link} underline="always" href="/" inherit>
        Go to your account
      </Anchor>
    </p>
  );
}
