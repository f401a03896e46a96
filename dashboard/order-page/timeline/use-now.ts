import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

/** The current time in ms since the epoch. It is updated while something is running. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), isRunning ? 500 : 3_600_000, { autoInvoke: true });
  return now;
}
