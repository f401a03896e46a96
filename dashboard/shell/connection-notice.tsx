import { useNetwork } from '@mantine/hooks';
import { CloudOff } from 'lucide-react';
import type { StreamState } from '../stream/follow-options.ts';
import classes from './frame.module.css';

/** Warns while the page may be out of date, and is empty otherwise. */
export function ConnectionNotice({ streamState }: { streamState: StreamState }) {
  const { online } = useNetwork();
  return (
    <div role="status" className={classes['notice']}>
      {streamState === 'reconnecting' && (
        <div>
          <CloudOff size={16} aria-hidden />
          {online
            ? 'Reconnecting: this page may be out of date'
            : 'You are offline: this page may be out of date'}
        </div>
      )}
    </div>
  );
}
