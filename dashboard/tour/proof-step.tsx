import { Anchor } from '@mantine/core';
import { useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { useSignedIn } from '../identity/customer-context.ts';
import { Money } from '../money/money.tsx';
import { statusWords } from '../order-list/status-badge.tsx';
import { durationText } from '../order-page/timeline/describe-entry.ts';
import { useNow } from '../order-page/use-now.ts';
import { showCount } from '../system/figures.ts';
import { useSystem } from '../system/use-system.ts';
import { auditSince } from './audit-since.ts';
import type { AuditSince } from './audit-since.ts';
import { setTour } from './tour-store.ts';
import type { Tour } from './tour-store.ts';

/** Until the audit has looked at everything after the order was decided, and the viewer was on the page that shows it. */
export function ProofStep({ tour, order }: { tour: Tour; order: OrderReply | undefined }) {
  const [path] = useLocation();
  const isThere = path === '/system';
  const { isDone: isProved } = useAudit(order);
  useEffect(() => {
    if (isThere && isProved) setTour({ ...tour, proved: true });
  }, [isThere, isProved, tour]);
  return (
    <>
      {order && <WhatCameOfIt order={order} />}
      <p>The audit compares orders, decisions and ledger all the time.</p>
      {order && <WhatTheAuditSays order={order} />}
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
      {operator && order && <WhatTheAuditSays order={order} />}
      {operator && <WayToInvariants />}
    </>
  );
}

/** What it found since the order was decided, and whether it cannot be asked. */
function useAudit(order: OrderReply | undefined): AuditSince & { isAway: boolean } {
  const { data: system, isError } = useSystem();
  const now = useNow(true);
  return {
    isAway: isError,
    ...auditSince(system?.invariants ?? [], Date.parse(order?.updatedAt ?? ''), now),
  };
}

function WhatTheAuditSays({ order }: { order: OrderReply }) {
  const { isAway, ...audit } = useAudit(order);
  if (audit.looked === 0) {
    return (
      <p role="status">
        {isAway
          ? 'The audit cannot be asked right now: the process workflows has it, and does not answer.'
          : audit.isOverdue
            ? 'The audit has not looked since your order. Its process, workflows, may be away: the page of the system shows it.'
            : 'The audit has not looked since your order yet. It does so every few seconds.'}
      </p>
    );
  }
  return (
    <p>
      Since your order the audit has looked at{' '}
      <b className="number">
        {showCount(audit.looked)} of {showCount(audit.invariants)}
      </b>{' '}
      invariants: {showCount(audit.hold)} hold
      {audit.empty > 0 && `, for ${showCount(audit.empty)} there was nothing to check`}
      {audit.late.length > 0 && `, late: ${audit.late.join(', ')}`}
      {audit.broken.length > 0 && `, violated: ${audit.broken.join(', ')}`}.
    </p>
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
