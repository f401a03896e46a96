import { useNetwork } from '@mantine/hooks';
import { CloudOff } from 'lucide-react';
import type { Following } from '../api/keep-following.ts';
import classes from './frame.module.css';

/** Says when what is on the screen may be old, and nothing while all is well. */
export function ConnectionNotice({ following }: { following: Following }) {
  const { online } = useNetwork();
  return (
    <div role="status" className={classes['notice']}>
      {following === 'reconnecting' && (
        <div>
          <CloudOff size={16} aria-hidden />
          {online
            ? 'Reconnecting: what you see may be out of date'
            : 'You are offline: what you see may be out of date'}
        </div>
      )}
    </div>
  );
}
