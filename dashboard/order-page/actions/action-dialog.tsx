import { Alert, Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { isTransient } from '../../api/create-queries.ts';
import { explainProblem } from '../../api/explain-problem.ts';

/** What a mutation of react-query tells. */
interface Action {
  readonly isPending: boolean;
  readonly error: unknown;
}

/** Asks before something is done that cannot be undone, and says if it was refused. */
export function ActionDialog({
  opened,
  close,
  title,
  text,
  children,
  keep,
  words,
  color,
  action,
  perform,
}: {
  opened: boolean;
  close: () => void;
  title: string;
  text: string;
  children?: ReactNode;
  /** On the button that does nothing. */
  keep: string;
  /** On the button that does it. */
  words: string;
  color?: string;
  action: Action;
  perform: () => void;
}) {
  return (
    // A scroll lock would need a <style>, which our Content-Security-Policy refuses.
    <Modal.Root opened={opened} onClose={close} lockScroll={false} centered>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body p="lg">
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              perform();
            }}
          >
            <Modal.Title mb="sm">{title}</Modal.Title>
            {children}
            <Text size="sm">{text}</Text>
            {action.error !== null && <Refusal error={action.error} />}
            <Group justify="flex-end" mt="lg">
              <Button variant="default" onClick={close}>
                {keep}
              </Button>
              <Button type="submit" {...(color !== undefined && { color })} loading={action.isPending}>
                {words}
              </Button>
            </Group>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Refusal({ error }: { error: unknown }) {
  const isUnknown = isTransient(error);
  return (
    <Alert color="red" mt="md" title={isUnknown ? 'We do not know whether it was done' : 'That did not work'}>
      {explainProblem(error)}
      {isUnknown && ' Do it again: it will be done once.'}
    </Alert>
  );
}
