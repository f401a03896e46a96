import { useInterval } from '@mantine/hooks';
import { useState } from 'react';

/** The time, which goes on while something is waited for; in ms since the epoch. */
export function useNow(goesOn: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useInterval(() => setNow(Date.now()), goesOn ? 500 : 3_600_000, { autoInvoke: true });
  return now;
}
