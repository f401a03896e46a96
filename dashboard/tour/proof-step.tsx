import { Anchor } from '@mantine/core';
import { useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { useSignedIn } from '../identity/customer-context.ts';
import { Money } from '../money/money.tsx';
import { statusWords } from '../order-list/status-badge.tsx';
import { durationText } from '../order-page/timeline/describe-entry.ts';
import { showCount } from '../system/figures.ts';
import { useSystem } from '../system/use-system.ts';
import { setTour } from './tour-store.ts';
import type { Tour } from './tour-store.ts';

/** Until the audit has looked at everything after the order was decided, and the viewer was on the page that shows it. */
export function ProofStep({ tour, order }: { tour: Tour; order: OrderReply | undefined }) {
  const [path] = useLocation();
  const { data: system } = useSystem();
  const isThere = path === '/system';
  const since = Date.parse(order?.updatedAt ?? '');
  const invariants = system?.invariants ?? [];
  const held = invariants.filter(
    ({ state, checkedAt }) => state === 'ok' && checkedAt !== null && Date.parse(checkedAt) > since,
  );
  const isProved = invariants.length > 0 && held.length === invariants.length;
  useEffect(() => {
    if (isThere && isProved) setTour({ ...tour, proved: true });
  }, [isThere, isProved, tour]);
  return (
    <>
      {order && <WhatCameOfIt order={order} />}
      <p>
        The audit compares orders, decisions and ledger all the time. Since your order it has checked{' '}
        <b className="number">
          {showCount(held.length)} of {showCount(invariants.length)}
        </b>{' '}
        invariants, and they hold.
      </p>
      <WayToInvariants />
    </>
  );
}

export function EndOfTour({ order }: { order: OrderReply | undefined }) {
  const { operator } = useSignedIn();
  return (
    <>
      {order && <WhatCameOfIt order={order} />}
      <p>
        Nothing was lost, and nothing was paid twice.
        {operator && ' On the page of the system there is more to break, and a load to break it under.'}
      </p>
      {operator && <WayToInvariants />}
    </>
  );
}

function WhatCameOfIt({ order }: { order: OrderReply }) {
  const took = durationText(Date.parse(order.updatedAt) - Date.parse(order.createdAt));
  return (
    <p>
      <Anchor component={Link} underline="always" href={`/orders/${order.orderId}`} inherit>
        Your order
      </Anchor>{' '}
      for <Money amount={order.amount} currency={order.currency} /> is{' '}
      {statusWords(order.status).toLowerCase()},{' '}
      <span className="number" translate="no">
        {took}
      </span>{' '}
      after it was placed.
    </p>
  );
}

function WayToInvariants() {
  const [path] = useLocation();
  return (
    <p>
      {path === '/system' ? (
        <Anchor underline="always" href="#invariants" inherit>
          Show the invariants
        </Anchor>
      ) : (
        <Anchor component={Link} underline="always" href="/system" inherit>
          Open the page of the system
        </Anchor>
      )}
    </p>
  );
}
