import { Button, Menu } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { ChevronDown, CircleUserRound, Compass, Copy, LogOut } from 'lucide-react';
import { useSettings } from '../api/settings.ts';
import { setTour } from '../tour/tour-store.ts';
import classes from './frame.module.css';

/** The current customer, with the way to sign out. */
export function CustomerMenu({ userId, leave }: { userId: string; leave: () => void }) {
  const { identity } = useSettings();
  const clipboard = useClipboard();
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<CircleUserRound size={16} />}
          rightSection={<ChevronDown size={14} />}
          aria-label={`Customer ${userId}`}
        >
          <span className={classes['who']}>{userId.slice(0, 8)}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<Copy size={14} />}
          closeMenuOnClick={false}
          onClick={() => clipboard.copy(userId)}
        >
          {clipboard.copied ? 'Copied' : 'Copy customer id'}
        </Menu.Item>
        <Menu.Item leftSection={<Compass size={14} />} onClick={() => setTour({ userId })}>
          Guided tour
        </Menu.Item>
        <Menu.Item leftSection={<LogOut size={14} />} onClick={leave}>
          {identity === 'dev' ? 'Switch customer' : 'Sign out'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
