import {
  Alert,
  Anchor,
  Button,
  Container,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useSettings } from '../api/settings.ts';
import type { Identity } from './identities.ts';
import { identityFromToken, identityOf, newIdentity } from './identities.ts';
import { recentUserIds } from './stored-identities.ts';

type Choose = (identity: Identity, options?: { withTour: boolean }) => void;

/** The sign-in page. With IDENTITY=dev a customer is chosen or created, with IDENTITY=jwt a token is pasted. */
export function ChooseIdentity({
  mode,
  refused,
  choose,
}: {
  mode: 'dev' | 'jwt';
  /** Whether the customer's token was refused. */
  refused: boolean;
  choose: Choose;
}) {
  return (
    <Container size={460} py="xl" component="main">
      {refused && (
        <Alert color="yellow" variant="light" mb="md" title="You are signed out">
          Your token is no longer valid. Sign in with a new one.
        </Alert>
      )}
      <Paper withBorder p="xl" radius="md">
        {mode === 'dev' ? <ChooseCustomer choose={choose} /> : <TokenForm choose={choose} />}
      </Paper>
    </Container>
  );
}

function ChooseCustomer({ choose }: { choose: Choose }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const known = recentUserIds();
  const { controls } = useSettings();
  const enter = (userId: string) => {
    const identity = identityOf(userId);
    if (identity) choose(identity);
    else setError('That is not a UUID such as 6f9619ff-8b86-4d01-b42d-00cf4fc964ff');
  };
  return (
    <Stack gap="md">
      <div>
        <Title order={1}>Welcome to Gozon</Title>
        <Text size="sm" mt={4}>
          It pays each order once or declines it, whatever crashes in between. The tour shows it in two
          minutes:
          {controls
            ? ' place an order, kill the process that pays, watch it recover, and see the proof.'
            : ' place an order, see each part that it goes through, and the proof that all is right.'}
        </Text>
      </div>
      <Button size="md" onClick={() => choose(newIdentity(), { withTour: true })}>
        Take the guided tour
      </Button>
      <Button size="md" variant="default" onClick={() => choose(newIdentity())}>
        Continue as a new customer
      </Button>
      {known.length > 0 && (
        <nav aria-label="Recent customers">
          <Text size="sm" fw={600} mb={4}>
            Or continue as
          </Text>
          <Stack gap={4} align="flex-start">
            {known.map((userId) => (
              <Anchor
                key={userId}
                component="button"
                size="sm"
                className="number"
                onClick={() => enter(userId)}
              >
                {userId}
              </Anchor>
            ))}
          </Stack>
        </nav>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          enter(text);
        }}
      >
        <TextInput
          label="Or enter a customer id"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          error={error}
          autoComplete="off"
          spellCheck={false}
        />
        <Button type="submit" variant="default" mt="xs">
          Continue
        </Button>
      </form>
      <Anchor component={Link} href="/system" size="sm">
        Look at the system without a customer
      </Anchor>
      <Text c="dimmed" size="sm">
        This gateway runs with development identities: it trusts any customer id.
      </Text>
    </Stack>
  );
}

function TokenForm({ choose }: { choose: Choose }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const identity = identityFromToken(text);
        if (identity) choose(identity);
        else setError('That is not a token whose subject is the UUID of a customer');
      }}
    >
      <Stack gap="md">
        <Title order={1}>Sign in</Title>
        <PasswordInput
          label="Token"
          description="The bearer token that your identity provider gave you. It stays in this tab."
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          error={error}
          autoComplete="off"
        />
        <Button type="submit">Sign in</Button>
      </Stack>
    </form>
  );
}
