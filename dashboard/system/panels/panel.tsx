import { Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useId } from 'react';
import classes from './panel.module.css';

/** One part of the page, under a heading of its own. */
export function Panel({
  title,
  says,
  tools,
  children,
}: {
  title: string;
  says?: string;
  tools?: ReactNode;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} withBorder radius="md" className={classes['panel']}>
      <div className={classes['head']}>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          {says !== undefined && <p className={classes['says']}>{says}</p>}
        </div>
        {tools}
      </div>
      {children}
    </Paper>
  );
}

/** Good, waiting, bad or not known, in a word and a colour. */
export function State({ mood, children }: { mood: 'good' | 'wait' | 'bad' | 'calm'; children: ReactNode }) {
  return (
    <span className={classes['state']} data-mood={mood}>
      {children}
    </span>
  );
}
