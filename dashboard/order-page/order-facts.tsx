import { ActionIcon, Anchor, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Check, Copy, ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { useSettings } from '../api/settings.ts';
import { Money } from '../money/money.tsx';
import { statusWords, underWay } from '../order-list/status-badge.tsx';
import { Time } from '../shell/time.tsx';
import { linkToWorkflow } from './link-to-workflow.ts';
import { durationText } from './timeline/describe-entry.ts';
import classes from './order-page.module.css';

export function OrderFacts({ order }: { order: OrderReply }) {
  const { temporal } = useSettings();
  const clipboard = useClipboard();
  const { orderId } = order;
  return (
    <dl className={classes['facts']}>
      <Fact name="Placed">
        <Time at={order.createdAt} />
      </Fact>
      {order.updatedAt !== order.createdAt && (
        <Fact name={lastChange(order)}>
          <Time at={order.updatedAt} />
          <span className={classes['later']}>
            {durationText(Date.parse(order.updatedAt) - Date.parse(order.createdAt))} later
          </span>
        </Fact>
      )}
      {moneyFacts(order).map(([name, amount]) => (
        <Fact key={name} name={name}>
          <Money amount={amount} currency={order.currency} />
        </Fact>
      ))}
      <Fact name="Order id">
        <span className={classes['id']}>
          <span className="number">{orderId}</span>
          <Tooltip label={clipboard.copied ? 'Copied' : 'Copy'}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label="Copy the order id"
              onClick={() => clipboard.copy(orderId)}
            >
              {clipboard.copied ? <Check size={14} /> : <Copy size={14} />}
            </ActionIcon>
          </Tooltip>
        </span>
      </Fact>
      {temporal && (
        <Fact name="Temporal's Web UI">
          <span className={classes['id']}>
            <Anchor
              href={linkToWorkflow(temporal, paymentWorkflowId(orderId))}
              target="_blank"
              rel="noreferrer"
              size="sm"
            >
              Payment <ExternalLink size={12} aria-hidden />
            </Anchor>
            {hasCancelWorkflow(order) && (
              <Anchor
                href={linkToWorkflow(temporal, cancelWorkflowId(orderId))}
                target="_blank"
                rel="noreferrer"
                size="sm"
                ml="xs"
              >
                Cancel <ExternalLink size={12} aria-hidden />
              </Anchor>
            )}
          </span>
        </Fact>
      )}
    </dl>
  );
}

function lastChange(order: OrderReply): string {
  const { status, cancelRequestedAt, amountRefunded } = order;
  if (underWay(order)) return cancelRequestedAt === null ? 'Capture requested' : 'Cancel requested';
  return status === 'paid' && amountRefunded > 0n ? 'Last refund' : statusWords(status);
}

/** What became of the money that was reserved, and of what was paid. Minor units are bigint, so the rest is exact. */
function moneyFacts(order: OrderReply): [name: string, amount: bigint][] {
  const { status, amount, amountCaptured, amountRefunded, captureBefore } = order;
  const isClosed = captureBefore !== null && status !== 'authorized';
  const released = amount - amountCaptured;
  return [
    ...(isClosed && amountCaptured > 0n ? [['Captured', amountCaptured] as [string, bigint]] : []),
    ...(isClosed && released > 0n ? [['Released', released] as [string, bigint]] : []),
    ...(amountRefunded > 0n ? [['Refunded', amountRefunded] as [string, bigint]] : []),
  ];
}

/** A hold is released by its own workflow. */
function hasCancelWorkflow({ cancelRequestedAt, captureMethod, amountCaptured }: OrderReply): boolean {
  return cancelRequestedAt !== null && (captureMethod === 'automatic' || amountCaptured > 0n);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
