import { ActionIcon, Anchor, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Check, Copy, ExternalLink } from 'lucide-react';
import type { ReactNode } from 'react';
import type { OrderReply } from '#contracts/http/orders-api.ts';
import { cancelWorkflowId, paymentWorkflowId } from '#contracts/values/workflow-ids.ts';
import { useSettings } from '../api/settings.ts';
import { statusWords } from '../order-list/status-badge.tsx';
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
            {order.cancelRequestedAt !== null && (
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

function lastChange({ status, cancelRequestedAt }: OrderReply): string {
  const isEnding = cancelRequestedAt !== null && (status === 'created' || status === 'paid');
  return isEnding ? 'Cancel requested' : statusWords(status);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
