import { Alert, Button, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { explainProblem } from '../api/explain-problem.ts';
import { useSignedIn } from '../identity/customer-context.ts';

/**
 * A button that saves a path's CSV as a file.
 * @param props.path reads the path when it is pressed; undefined while there is none
 */
export function SaveCsv({ words, path }: { words: string; path: () => string | undefined }) {
  const { save } = useSignedIn();
  // It may be long, so it is asked for again by the user alone.
  const saving = useMutation({ mutationFn: save, retry: false });
  return (
    <Stack gap="xs" align="flex-start">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Download size={14} />}
        loading={saving.isPending}
        onClick={() => {
          const chosen = path();
          if (chosen !== undefined) saving.mutate(chosen);
        }}
      >
        {words}
      </Button>
      {saving.isError && (
        <Alert color="red" title="No file was saved">
          {explainProblem(saving.error)}
        </Alert>
      )}
    </Stack>
  );
}
