import { useState } from 'react';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const exact = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  timeZoneName: 'long',
});

/** A time in the viewer's zone; on hover to the millisecond, with the zone's name. @param props.at RFC 3339 */
export function Time({ at }: { at: string }) {
  const moment = new Date(at);
  const [today] = useState(() => new Date().toDateString());
  const isToday = moment.toDateString() === today;
  return (
    <time dateTime={at} title={exact.format(moment)} className="number">
      {(isToday ? clock : day).format(moment)}
    </time>
  );
}
