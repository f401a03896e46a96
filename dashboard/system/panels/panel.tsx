import { Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useId } from 'react';
import classes from './panel.module.css';

/** A section of the page with its heading. */
export function Panel({
  title,
  description,
  tools,
  name,
  children,
}: {
  title: string;
  description?: string;
  tools?: ReactNode;
  /** For a link to it: #name. */
  name?: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <Paper
      component="section"
      id={name}
      aria-labelledby={id}
      withBorder
      radius="md"
      className={classes['panel']}
    >
      <div className={classes['head']}>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          {description !== undefined && <p className={classes['description']}>{description}</p>}
        </div>
        {tools}
      </div>
      {children}
    </Paper>
  );
}

/** A state in a word and a color. */
export function State({ level, children }: { level: 'good' | 'wait' | 'bad' | 'calm'; children: ReactNode }) {
  return (
    <span className={classes['state']} data-level={level}>
      {children}
    </span>
  );
}
