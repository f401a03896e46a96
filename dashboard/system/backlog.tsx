import { Button, Table, Text } from '@mantine/core';
import { RotateCw } from 'lucide-react';
import type { SystemReply } from '#contracts/system-api.ts';
import { explainProblem } from '../api/explain-problem.ts';
import { Nothing } from '../shell/states.tsx';
import { Time } from '../shell/time.tsx';
import { showCount } from './figures.ts';
import { Panel, State } from './panel.tsx';
import classes from './backlog.module.css';
import { useDoing } from './use-system.ts';

/** Outbox rows whose start has failed, and the button that tries them at once. */
export function Backlog({ outbox }: { outbox: SystemReply['outbox'] }) {
  const redrive = useDoing<void, { rows: number }>(async (api) => api.redrive());
  const tools = (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<RotateCw size={14} />}
      loading={redrive.isPending}
      onClick={() => redrive.mutate()}
    >
      Try all at once
    </Button>
  );
  return (
    <Panel
      title="Failing rows"
      says="Rows of the outbox whose workflow could not be started. Each is tried for ever, at most 30 s apart; ten failures make it stuck."
      tools={tools}
    >
      <Text size="sm" role="status" c="dimmed">
        {redrive.isError && explainProblem(redrive.error)}
        {redrive.data && `${showCount(redrive.data.rows)} rows were made due.`}
      </Text>
      {outbox === null && (
        <Nothing title="Not known now">The database of orders cannot be asked at this moment.</Nothing>
      )}
      {outbox?.failing.length === 0 && (
        <Nothing title="None">Every row is started at its first attempt.</Nothing>
      )}
      {outbox !== null && outbox.failing.length > 0 && <Rows outbox={outbox} />}
    </Panel>
  );
}

function Rows({ outbox: { failing } }: { outbox: NonNullable<SystemReply['outbox']> }) {
  return (
    <Table verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Order</Table.Th>
          <Table.Th>Asks for</Table.Th>
          <Table.Th>Attempts</Table.Th>
          <Table.Th>Next</Table.Th>
          <Table.Th>Last failure</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {failing.map(({ orderId, kind, attempts, stuck, dueAt, lastError }) => (
          <Table.Tr key={`${orderId} ${kind}`}>
            <Table.Td>
              <span className="number" title={orderId}>
                {orderId.slice(-8)}
              </span>
            </Table.Td>
            <Table.Td>{kind}</Table.Td>
            <Table.Td>
              <span className="number">{attempts}</span> {stuck && <State mood="bad">stuck</State>}
            </Table.Td>
            <Table.Td>
              <Time at={dueAt} />
            </Table.Td>
            <Table.Td className={classes['error']}>{lastError}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
