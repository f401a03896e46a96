import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { StreamState } from '../stream/follow-options.ts';
import { isOutdated } from './versions.ts';

const queryKey = ['settings', 'outdated'];

/** In ms. */
const LOOK_INTERVAL = 60_000;

/**
 * Whether another version was deployed under the open page. It looks when the stream is back, since a deployment ends it,
 * and when a person comes back to the tab.
 */
export function useNewVersion(streamState: StreamState): boolean {
  const queries = useQueryClient();
  const before = useRef(streamState);
  const { data } = useQuery({
    queryKey,
    queryFn: isOutdated,
    initialData: false,
    staleTime: LOOK_INTERVAL,
    refetchOnWindowFocus: true,
    refetchInterval: false,
  });
  useEffect(() => {
    if (before.current === 'reconnecting' && streamState === 'live')
      void queries.invalidateQueries({ queryKey });
    before.current = streamState;
  }, [queries, streamState]);
  return data;
}
