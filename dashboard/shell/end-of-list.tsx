import { Button, Group } from '@mantine/core';

/** What follows a list that is not whole yet: it goes on by itself as this comes into sight, or when it is pressed. */
export function EndOfList({
  end,
  more,
  query,
}: {
  end: (element: HTMLDivElement | null) => void;
  more: string;
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  return (
    <Group ref={end} justify="center" py={query.hasNextPage ? 'sm' : 0}>
      {query.hasNextPage && (
        <Button variant="subtle" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {more}
        </Button>
      )}
    </Group>
  );
}
