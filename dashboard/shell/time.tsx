import { useState } from 'react';
import { LOCALE } from './locale.ts';

const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const exact = new Intl.DateTimeFormat(LOCALE, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'long',
});

/** A time in the viewer's zone, with its day unless it is today. @param at RFC 3339 */
export function timeText(at: string, today = new Date().toDateString()): string {
  const moment = new Date(at);
  return (moment.toDateString() === today ? clock : day).format(moment);
}

/** A time in the viewer's zone; on hover to the millisecond, with the zone's name. @param props.at RFC 3339 */
export function Time({ at }: { at: string }) {
  const moment = new Date(at);
  const [today] = useState(() => new Date().toDateString());
  return (
    <time dateTime={at} title={exact.format(moment)} className="number" lang={LOCALE} translate="no">
      {timeText(at, today)}
    </time>
  );
}
