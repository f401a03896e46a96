import { pathOf } from '@gozon/client';
import { TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { ROUTES } from '#contracts/values/routes.ts';
import { SaveCsv } from '../../shell/save-csv.tsx';
import { Panel } from '../panels/panel.tsx';
import classes from './find-orders.module.css';

/** What was paid, captured and refunded in a period, as a file for the books. */
export function SettledOrders() {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const path = () => {
    setTried(true);
    if (from === '') {
      field.current?.focus();
      return undefined;
    }
    return pathOf(ROUTES.exportSettlements, { query: { from: toUtc(from), to: toUtc(to) } });
  };
  return (
    <Panel
      title="Settled orders"
      description="What was paid, captured and refunded in a period, of all customers, as CSV. Without an end: until now."
    >
      <div className={classes['filter']} role="group" aria-label="Settled orders">
        <TextInput
          ref={field}
          label="From"
          type="datetime-local"
          value={from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
          error={tried && from === '' ? 'Say from when' : undefined}
          inputWrapperOrder={['label', 'error', 'input']}
        />
        <TextInput
          label="Before"
          type="datetime-local"
          value={to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
        />
        <SaveCsv words="Save as CSV" path={path} />
      </div>
    </Panel>
  );
}

/** @param time in the viewer's zone */
function toUtc(time: string): string | undefined {
  return time === '' ? undefined : new Date(time).toISOString();
}
