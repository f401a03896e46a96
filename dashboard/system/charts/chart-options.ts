import type uPlot from 'uplot';
import type { StackEvent } from '#contracts/http/stack-api.ts';
import { LOCALE } from '../../shell/locale.ts';

/** The charts with this key share one cursor. */
const SYNC_KEY = 'system';

const MARKS: Record<StackEvent['kind'], string> = {
  fault: '--bad',
  recovery: '--good',
  load: '--calm',
};

const clock = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium' });

/** A time in uPlot's unit. */
function seconds(at: string): number {
  return Date.parse(at) / 1000;
}

/** A quiet chart: thin lines, a faint grid, gaps where a value is unknown, and a mark for each event. */
export function uPlotOptions({
  colors,
  show,
  marks,
  span,
  onPoint,
}: {
  colors: readonly string[];
  show: (value: number) => string;
  marks: () => readonly StackEvent[];
  span: () => number;
  onPoint: (index: number | null) => void;
}): Omit<uPlot.Options, 'width' | 'height'> {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--mantine-color-dimmed'),
    font: `11px ${style.getPropertyValue('--mantine-font-family')}`,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    legend: { show: false },
    cursor: { sync: { key: SYNC_KEY }, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: {
        range: (_plot, _min, max) => {
          const end = Number.isFinite(max) ? max : Date.now() / 1000;
          return [end - span(), end];
        },
      },
      // From zero, and at least to 1, so that a small value does not fill the chart.
      y: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, 1) * 1.1] },
    },
    axes: [
      {
        ...axis,
        space: 90,
        size: 30,
        values: (_plot, times) => times.map((time) => clock.format(time * 1000)),
      },
      {
        ...axis,
        size: 56,
        space: 34,
        // In a quiet system many ticks are halves, which would round to the text of their neighbors.
        values: (_plot, values) => values.map((value) => (Number.isInteger(value) ? show(value) : '')),
      },
    ],
    series: [
      {},
      ...colors.map((name) => ({
        stroke: color(name),
        width: 1.75,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
      drawAxes: [(plot) => drawMarks(plot, marks(), (kind) => color(MARKS[kind]))],
    },
  };
}

function drawMarks(
  plot: uPlot,
  events: readonly StackEvent[],
  colorOf: (kind: StackEvent['kind']) => string,
): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at, kind } of events) {
    const x = Math.round(plot.valToPos(seconds(at), 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colorOf(kind);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
