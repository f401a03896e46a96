import { Button, Group, Text } from '@mantine/core';

/** The end of a list with more pages. The next page is read when this becomes visible, or when the button is pressed. */
export function EndOfList({
  end,
  more,
  query,
}: {
  end: (element: HTMLDivElement | null) => void;
  more: string;
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
}) {
  return (
    <Group ref={end} justify="center" py={query.hasNextPage ? 'sm' : 0}>
      {query.isFetchNextPageError && (
        <Text role="alert" size="sm" c="dimmed">
          {more} cannot be read right now.
        </Text>
      )}
      {query.hasNextPage && (
        <Button variant="subtle" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {query.isFetchNextPageError ? 'Try again' : more}
        </Button>
      )}
    </Group>
  );
}
