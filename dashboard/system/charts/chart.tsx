import 'uplot/dist/uPlot.min.css';
import './lines.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import type { StackEvent } from '#contracts/http/stack-api.ts';
import type { Reading } from '#contracts/http/system-api.ts';
import { uPlotOptions } from './chart-options.ts';
import { withGaps } from './with-gaps.ts';
import classes from './charts.module.css';

/** One line of a chart. */
export interface Line {
  readonly name: string;
  /** A CSS variable. */
  readonly color: string;
  /** Null where it is unknown: the line has a gap. */
  readonly value: (reading: Reading) => number | null | undefined;
}

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly show: (value: number | null | undefined) => string;
  readonly readings: readonly Reading[];
  /** Drawn as marks. */
  readonly events: readonly StackEvent[];
  /** How much of the past is shown, in s. */
  readonly span: number;
}

const HEIGHT = 150;

/** A chart over time. Its legend has the values as text: the latest ones, or those under the pointer on any chart. */
export function Chart({ title, lines, show, readings, events, span }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ events, span });
  const [pointed, setPointed] = useState<number | null>(null);
  const drawn = useMemo(() => withGaps(readings), [readings]);

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const options = uPlotOptions({
      colors: lines.map(({ color }) => color),
      show,
      marks: () => latest.current.events,
      span: () => latest.current.span,
      onPoint: setPointed,
    });
    const made = new uPlot({ ...options, width: element.clientWidth, height: HEIGHT }, [[]], element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [lines, show]);

  useEffect(() => {
    latest.current = { events, span };
    const columns = lines.map(({ value }) => drawn.map(({ reading }) => (reading && value(reading)) ?? null));
    plot.current?.setData([drawn.map(({ at }) => at / 1000), ...columns]);
  }, [lines, drawn, events, span]);

  const shown = pointed === null ? readings.at(-1) : (drawn[pointed] ?? drawn.at(-1))?.reading;
  return (
    <figure className={classes['chart']}>
      <figcaption>
        <span className={classes['chartTitle']}>{title}</span>
        {lines.map(({ name, color, value }) => (
          <span key={name} className={classes['key']}>
            <i data-color={color} aria-hidden />
            {name} <b className="number">{show(shown && value(shown))}</b>
          </span>
        ))}
      </figcaption>
      {/* The caption has the same values as text. */}
      <div ref={place} className={classes['plot']} dir="ltr" aria-hidden />
    </figure>
  );
}
