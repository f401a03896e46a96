import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { serverTime } from '../api/server-clock.ts';

/** The current time in ms since the epoch, by the server's clock. It is updated while something is running. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(serverTime);
  useInterval(() => setNow(serverTime()), isRunning ? 500 : 3_600_000, { autoInvoke: true });
  return now;
}
