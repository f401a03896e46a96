import { Button, Group, Table, Text, TextInput } from '@mantine/core';
import { RotateCw, Undo2 } from 'lucide-react';
import { useRef, useState } from 'react';
import type { redriveRoute } from '#contracts/http/repair-api.ts';
import type { ReplyOf } from '#contracts/http/route-contract.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { ROUTES } from '#contracts/values/routes.ts';
import { explainProblem } from '../../api/explain-problem.ts';
import { EmptyState } from '../../shell/states.tsx';
import { Time } from '../../shell/time.tsx';
import { showCount, showCounted } from '../figures.ts';
import { useOperatorMutation } from '../use-system.ts';
import { Panel, State } from './panel.tsx';
import classes from './backlog.module.css';

/** Outbox rows that failed, and dead letters, with the buttons that redrive them. */
export function Backlog({ outbox, deadLetters }: Pick<SystemReply, 'outbox' | 'deadLetters'>) {
  const redrive = useOperatorMutation(async (call, body: { deadLetters: boolean; reason: string }) =>
    call(ROUTES.redrive, { body }),
  );
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const redriveBecause = (deadLettersToo: boolean) => {
    setTried(true);
    if (reason.trim() === '') return field.current?.focus();
    redrive.mutate({ deadLetters: deadLettersToo, reason: reason.trim() });
  };
  const doing = redrive.isPending ? redrive.variables : undefined;
  const tools = (
    <Group gap="xs" align="start">
      <TextInput
        ref={field}
        size="xs"
        aria-label="Why"
        placeholder="Why? It is kept with your id"
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
        error={tried && reason.trim() === '' ? 'Say why' : undefined}
        maxLength={500}
        autoComplete="off"
      />
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<RotateCw size={14} />}
        loading={doing?.deadLetters === false}
        onClick={() => redriveBecause(false)}
      >
        Retry all now
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Undo2 size={14} />}
        disabled={deadLetters === 0}
        loading={doing?.deadLetters === true}
        onClick={() => redriveBecause(true)}
      >
        Redrive dead letters
      </Button>
    </Group>
  );
  return (
    <Panel
      title="Failing rows"
      description="Outbox rows whose workflow could not be started. Each is retried until it succeeds, at most 30 s apart, and counts as stuck after ten failures. Dead letters are events that orders could not apply. Redriving sends them to the consumer again."
      tools={tools}
    >
      <Text size="sm" role="status" c="dimmed">
        {redrive.isError
          ? explainProblem(redrive.error)
          : redrive.data && outcomeOf(redrive.data, redrive.variables?.deadLetters ?? false)}
      </Text>
      {outbox === null && (
        <EmptyState title="Unknown">The database of orders cannot be reached right now.</EmptyState>
      )}
      {outbox?.failing.length === 0 && (
        <EmptyState title="None">Every row succeeded at its first attempt.</EmptyState>
      )}
      {outbox !== null && outbox.failing.length > 0 && <Rows outbox={outbox} />}
    </Panel>
  );
}

function outcomeOf(
  { rows, deadLetters, deadLettersLeft }: ReplyOf<typeof redriveRoute>,
  withDeadLetters: boolean,
): string {
  const ofRows = `${showCounted(rows, 'row', 'rows')} will be retried now.`;
  if (!withDeadLetters) return ofRows;
  const given = `${showCounted(deadLetters, 'dead letter was', 'dead letters were')} redriven`;
  const left = deadLettersLeft > 0 ? `, ${showCounted(deadLettersLeft, 'is', 'are')} left` : '';
  return `${given}${left}. ${ofRows}`;
}

function Rows({ outbox }: { outbox: NonNullable<SystemReply['outbox']> }) {
  const { failing } = outbox;
  return (
    <Table verticalSpacing="xs" className={classes['rows']}>
      {outbox.stuck > failing.length && (
        <Table.Caption>
          The first {showCount(failing.length)} of {showCount(outbox.stuck)} stuck rows, most attempts first
        </Table.Caption>
      )}
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Order</Table.Th>
          <Table.Th className={classes['wide']}>Kind</Table.Th>
          <Table.Th>Attempts</Table.Th>
          <Table.Th className={classes['wide']}>Next</Table.Th>
          <Table.Th>Last error</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {failing.map(({ orderId, kind, attempts, stuck, dueAt, lastError }) => (
          <Table.Tr key={`${orderId} ${kind}`}>
            <Table.Td>
              <span className="number" title={orderId}>
                {orderId.slice(-8)}
              </span>
              <div className={classes['narrow']}>
                {kind}, next <Time at={dueAt} />
              </div>
            </Table.Td>
            <Table.Td className={classes['wide']}>{kind}</Table.Td>
            <Table.Td>
              <span className="number">{attempts}</span> {stuck && <State level="bad">stuck</State>}
            </Table.Td>
            <Table.Td className={classes['wide']}>
              <Time at={dueAt} />
            </Table.Td>
            <Table.Td className={classes['error']}>{lastError}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
