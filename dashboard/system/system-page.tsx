import { ApiProblem } from '@gozon/client';
import { Stack, Text, Title } from '@mantine/core';
import type { StackPart } from '#contracts/http/stack-api.ts';
import type { SystemReply } from '#contracts/http/system-api.ts';
import { ErrorBoundary } from '../shell/error-boundary.tsx';
import { ErrorState, EmptyState, LoadingState } from '../shell/states.tsx';
import { Time } from '../shell/time.tsx';
import { Charts } from './charts/charts.tsx';
import { Controls } from './controls/controls.tsx';
import { showCount } from './figures.ts';
import { FindOrders } from './operator/find-orders.tsx';
import { OperatorActions } from './operator/operator-actions.tsx';
import { SettledOrders } from './operator/settled-orders.tsx';
import { Backlog } from './panels/backlog.tsx';
import { Flow } from './panels/flow.tsx';
import { Invariants } from './panels/invariants.tsx';
import { State } from './panels/panel.tsx';
import { Processes } from './panels/processes.tsx';
import { useReadings, useStack, useSystem } from './use-system.ts';
import classes from './system-page.module.css';

/** The state of the whole system, for operators. */
export function SystemPage() {
  const system = useSystem();
  const readings = useReadings();
  const stack = useStack();
  // A query without data has no error while it is repeated.
  const stackIsAway = stack.isError || (!stack.data && stack.errorUpdateCount > 0);
  if (isForOperators(system.error)) {
    return (
      <>
        <Title order={1}>System</Title>
        <EmptyState title="This page is for operators">
          Your token needs the role “operator”. Ask its issuer.
        </EmptyState>
      </>
    );
  }
  return (
    <Stack gap="lg">
      <div className={classes['top']}>
        <Title order={1}>System</Title>
        {system.data && (
          <ErrorBoundary what="the state">
            <StatusLine
              system={system.data}
              parts={stack.data?.parts ?? []}
              stale={system.isError}
              at={system.dataUpdatedAt}
            />
          </ErrorBoundary>
        )}
      </div>
      {system.data && (
        <>
          <ErrorBoundary what="the figures">
            <Flow system={system.data} latest={readings.data?.at(-1)} />
          </ErrorBoundary>
          <ErrorBoundary what="the charts">
            <Charts
              readings={readings.data ?? []}
              failed={readings.errorUpdateCount > 0}
              events={stack.data?.events ?? []}
            />
          </ErrorBoundary>
        </>
      )}
      {stackIsAway && (
        <Text size="sm" role="status">
          <State level="wait">No answer</State> from npm start: load and faults{' '}
          {stack.data ? 'may be out of date.' : 'cannot be shown right now.'}
        </Text>
      )}
      {stack.data && (
        <ErrorBoundary what="load and faults">
          <Controls stack={stack.data} />
        </ErrorBoundary>
      )}
      {/* Not before: what is above it would move it when it comes. */}
      {(system.data !== undefined || system.isError) && (
        <>
          <ErrorBoundary what="the search">
            <FindOrders />
          </ErrorBoundary>
          <ErrorBoundary what="settled orders">
            <SettledOrders />
          </ErrorBoundary>
        </>
      )}
      {system.data ? (
        <>
          <ErrorBoundary what="the invariants">
            <Invariants invariants={system.data.invariants} />
          </ErrorBoundary>
          <ErrorBoundary what="the processes">
            <Processes processes={system.data.processes} parts={stack.data?.parts} />
          </ErrorBoundary>
          <ErrorBoundary what="the failing rows">
            <Backlog outbox={system.data.outbox} deadLetters={system.data.deadLetters} />
          </ErrorBoundary>
          <ErrorBoundary what="what operators did">
            <OperatorActions />
          </ErrorBoundary>
        </>
      ) : system.isError ? (
        <ErrorState what="the system" error={system.error} retry={() => void system.refetch()} />
      ) : (
        <LoadingState lines={8} />
      )}
    </Stack>
  );
}

function isForOperators(error: unknown): boolean {
  return error instanceof ApiProblem && error.code === 'operator_only';
}

/** In s. An order that waits for longer is held up. */
const MAX_WAIT = 5;

/** The state of the system in one line. */
function StatusLine({
  system,
  parts,
  stale,
  at,
}: {
  system: SystemReply;
  parts: readonly StackPart[];
  stale: boolean;
  at: number;
}) {
  const { invariants, processes, flow } = system;
  const violated = invariants.filter(({ state }) => state === 'violated').map(({ id }) => id);
  const away = [
    ...parts.flatMap(({ name, state }) => (state === 'running' ? [] : [name])),
    ...Object.entries(processes).flatMap(([name, { ready }]) => (ready ? [] : [name])),
  ];
  const waiting = flow !== null && flow.oldestUndecidedSeconds > MAX_WAIT ? flow.undecided : 0;
  return (
    <p className={classes['statusLine']} role="status">
      {stale ? (
        <>
          <State level="wait">No answer</State> as of <Time at={new Date(at).toISOString()} />
        </>
      ) : violated.length > 0 ? (
        <State level="bad">{violated.join(', ')} violated</State>
      ) : away.length > 0 ? (
        <State level="wait">{[...new Set(away)].join(', ')} not ready</State>
      ) : waiting > 0 ? (
        <State level="wait">{showCount(waiting)} orders waiting</State>
      ) : (
        <State level="good">All is well</State>
      )}
    </p>
  );
}
