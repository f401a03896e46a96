import { Alert, Button, Stack, Text, Title } from '@mantine/core';
import { explainProblem } from '../api/explain-problem.ts';
import { useIntent } from '../api/use-intent.ts';
import { useOpenAccount } from './use-account.ts';

/** For a customer without an account. */
export function OpenAccount() {
  const intent = useIntent();
  const open = useOpenAccount();
  return (
    <Stack gap="sm">
      <Title order={2}>Open your account</Title>
      <Text size="sm" c="dimmed">
        Your orders are paid from it. It is free, and starts empty.
      </Text>
      <Button loading={open.isPending} onClick={() => open.mutate(intent.keyFor('account'))}>
        Open account
      </Button>
      {open.isError && (
        <Alert color="red" title="Your account was not opened">
          {explainProblem(open.error)}
        </Alert>
      )}
    </Stack>
  );
}
