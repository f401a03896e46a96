import { useIntersection } from '@mantine/hooks';
import type { InfiniteData } from '@tanstack/react-query';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Page } from '#contracts/http/page.ts';

/** A keyset list that reads its next page when its end becomes visible. Put `end` on the element after the last item. */
export function useInfiniteList<Item>(
  queryKey: readonly unknown[],
  read: (page: { limit: number; cursor?: string }) => Promise<Page<Item>>,
  { enabled = true }: { enabled?: boolean } = {},
) {
  const { ref: end, entry } = useIntersection({ rootMargin: '400px' });
  const query = useInfiniteQuery<
    Page<Item>,
    Error,
    InfiniteData<Page<Item>>,
    readonly unknown[],
    string | undefined
  >({
    queryKey,
    enabled,
    initialPageParam: undefined,
    queryFn: async ({ pageParam }) =>
      read({ limit: 30, ...(pageParam !== undefined && { cursor: pageParam }) }),
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  const isVisible = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (isVisible && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [isVisible, hasNextPage, isFetching, isError, fetchNextPage]);
  return { query, end, items: query.data?.pages.flatMap(({ items }) => items) };
}
