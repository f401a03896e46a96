import { Anchor, Table } from '@mantine/core';
import { Link } from 'wouter';
import { ROUTES } from '#contracts/values/routes.ts';
import { explainProblem } from '../../api/explain-problem.ts';
import { useInfiniteList } from '../../api/use-infinite-list.ts';
import { useCustomer } from '../../identity/customer-context.ts';
import { EndOfList } from '../../shell/end-of-list.tsx';
import { EmptyState, LoadingState } from '../../shell/states.tsx';
import { Time } from '../../shell/time.tsx';
import { Panel } from '../panels/panel.tsx';
import classes from './find-orders.module.css';

/** What operators did, who did it and why. */
export function OperatorActions() {
  const { call } = useCustomer();
  const { query, items, end } = useInfiniteList(['system', 'actions'], async (page) =>
    call(ROUTES.listOperatorActions, { query: page }),
  );
  return (
    <Panel title="What operators did" description="Newest first. Nobody can change or remove it.">
      {query.isError && !items && <EmptyState title="Unknown">{explainProblem(query.error)}</EmptyState>}
      {!query.isError && !items && <LoadingState lines={2} />}
      {items?.length === 0 && <EmptyState title="Nothing">No operator has changed anything yet.</EmptyState>}
      {items && items.length > 0 && (
        <>
          <Table verticalSpacing="xs" aria-label="What operators did">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th className={classes['wide']}>Who</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map(({ actionId, at, actor, as, action, orderId, reason }) => (
                <Table.Tr key={actionId}>
                  <Table.Td>
                    <Time at={at} />
                  </Table.Td>
                  <Table.Td className={classes['wide']} dir="auto" title={actor}>
                    {as ?? <span className="number">{actor.slice(0, 8)}</span>}
                  </Table.Td>
                  <Table.Td>
                    {action.replaceAll('_', ' ')}{' '}
                    {orderId !== null && (
                      <Anchor component={Link} href={`/orders/${orderId}`} inherit className="number">
                        {orderId.slice(-8)}
                      </Anchor>
                    )}
                  </Table.Td>
                  <Table.Td className={classes['reason']} dir="auto">
                    {reason}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <EndOfList end={end} query={query} more="Earlier actions" />
        </>
      )}
    </Panel>
  );
}
