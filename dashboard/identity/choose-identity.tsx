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
import type { Identity } from './identities.ts';
import { identityFromToken, identityOf, newIdentity } from './identities.ts';
import { knownUserIds } from './stored-identities.ts';

/** The door: a dev identity is chosen or made, a token is pasted. */
export function ChooseIdentity({
  mode,
  refused,
  choose,
}: {
  mode: 'dev' | 'jwt';
  /** Whether he was here with a token that is no longer believed. */
  refused: boolean;
  choose: (identity: Identity) => void;
}) {
  return (
    <Container size={460} py="xl" component="main">
      {refused && (
        <Alert color="yellow" variant="light" mb="md" title="You are signed out">
          Your token is not valid any more. Sign in with a new one.
        </Alert>
      )}
      <Paper withBorder p="xl" radius="md">
        {mode === 'dev' ? <ChooseUser choose={choose} /> : <GiveToken choose={choose} />}
      </Paper>
    </Container>
  );
}

function ChooseUser({ choose }: { choose: (identity: Identity) => void }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const known = knownUserIds();
  const enter = (userId: string) => {
    const identity = identityOf(userId);
    if (identity) choose(identity);
    else setError('That is not a UUID such as 6f9619ff-8b86-4d01-b42d-00cf4fc964ff');
  };
  return (
    <Stack gap="md">
      <div>
        <Title order={1}>Who are you?</Title>
        <Text c="dimmed" size="sm" mt={4}>
          This gateway runs with a development identity: it believes whoever asks.
        </Text>
      </div>
      <Button size="md" onClick={() => choose(newIdentity())}>
        Be a new customer
      </Button>
      {known.length > 0 && (
        <nav aria-label="Customers who were here">
          <Text size="sm" fw={600} mb={4}>
            Or go on as
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
          label="Or as the customer with this id"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          error={error}
          autoComplete="off"
          spellCheck={false}
        />
        <Button type="submit" variant="default" mt="xs">
          Go on
        </Button>
      </form>
    </Stack>
  );
}

function GiveToken({ choose }: { choose: (identity: Identity) => void }) {
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
