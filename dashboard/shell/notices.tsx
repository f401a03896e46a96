import { Button } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { CloudOff, Sparkles } from 'lucide-react';
import type { StreamState } from '../stream/follow-options.ts';
import { useNewVersion } from './use-new-version.ts';
import { reloadIfReachable } from './versions.ts';
import classes from './frame.module.css';

/** Says while the page may be out of date, or is of an older version. Empty otherwise. */
export function Notices({ streamState }: { streamState: StreamState }) {
  const { online } = useNetwork();
  const hasNewVersion = useNewVersion(streamState);
  return (
    <div role="status" className={classes['notices']}>
      {streamState === 'reconnecting' && (
        <div>
          <CloudOff size={16} aria-hidden />
          <span>
            {online
              ? 'Reconnecting: this page may be out of date'
              : 'You are offline: this page may be out of date'}
          </span>
        </div>
      )}
      {hasNewVersion && (
        // What is being written into a form is the viewer's, so nothing reloads by itself.
        <div>
          <Sparkles size={16} aria-hidden />
          <span>A new version of Gozon is there</span>
          <Button size="compact-sm" variant="default" onClick={() => void reloadIfReachable()}>
            Reload
          </Button>
        </div>
      )}
    </div>
  );
}
