import { Alert, Button, Skeleton, Stack, Text } from '@mantine/core';
import { RotateCw, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { explainProblem } from '../api/explain-problem.ts';
import classes from './states.module.css';

// What a view shows when it has no data, or data that may be old.

export function LoadingState({ lines }: { lines: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={line === 0 ? 28 : 18} width={line === 0 ? '40%' : '100%'} radius="sm" />
      ))}
    </Stack>
  );
}

export function ErrorState({ what, error, retry }: { what: string; error: unknown; retry: () => void }) {
  return (
    <FailedPart what={what} retry={retry}>
      {explainProblem(error)}
    </FailedPart>
  );
}

export function FailedPart({
  what,
  children,
  retry,
  words = 'Try again',
}: {
  what: string;
  children: ReactNode;
  retry: () => void;
  /** On the button. */
  words?: string;
}) {
  return (
    <Alert
      color="red"
      variant="light"
      icon={<TriangleAlert size={18} />}
      title={`We cannot show ${what} right now`}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{children}</Text>
        <Button size="compact-sm" variant="default" leftSection={<RotateCw size={14} />} onClick={retry}>
          {words}
        </Button>
      </Stack>
    </Alert>
  );
}

/** Above data from before an outage. */
export function StaleNotice({ what }: { what: string }) {
  return (
    <Text size="sm" className={classes['old']}>
      <TriangleAlert size={14} aria-hidden /> {what} may be out of date: it cannot be read right now.
    </Text>
  );
}

export function EmptyState({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack gap={4} py="xl" align="center" ta="center">
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" size="sm" maw={420}>
        {children}
      </Text>
    </Stack>
  );
}
