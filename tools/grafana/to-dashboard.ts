/** A query of PromQL, and what Grafana calls its series: `{{label}}` is replaced. */
export type Query = readonly [expr: string, legend: string];

export interface Panel {
  readonly title: string;
  /** What it tells, for its tooltip. */
  readonly description: string;
  /** By Grafana's name, such as `s`, `reqps`, `short` or `percentunit`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Shows the present values in large digits, and in red from one that is so large. */
  readonly present?: { readonly redFrom: number | null };
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
}

/** As deploy/grafana/provisioning calls it. */
const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
const WIDTH = 24;
const HEIGHT = 7;

/** A dashboard as Grafana reads it. The panels of a row share its width. */
export function toDashboard({ uid, title, description, rows }: Dashboard): object {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap((row) => {
    const top = y;
    y += 1 + HEIGHT;
    const width = Math.floor(WIDTH / row.panels.length);
    return [
      {
        id: (id += 1),
        type: 'row',
        title: row.title,
        collapsed: false,
        panels: [],
        gridPos: { h: 1, w: WIDTH, x: 0, y: top },
      },
      ...row.panels.map((panel, index) => ({
        id: (id += 1),
        ...toPanel(panel),
        gridPos: { h: HEIGHT, w: width, x: index * width, y: top + 1 },
      })),
    ];
  });
  return {
    uid,
    title,
    description,
    tags: ['gozon'],
    editable: false,
    schemaVersion: 39,
    time: { from: 'now-1h', to: 'now' },
    refresh: '15s',
    links: [{ type: 'dashboards', title: 'Gozon', tags: ['gozon'], asDropdown: false, keepTime: true }],
    panels,
  };
}

function toPanel({ title, description, unit, queries, present }: Panel): object {
  return {
    type: present ? 'stat' : 'timeseries',
    title,
    description,
    datasource: PROMETHEUS,
    fieldConfig: {
      defaults: {
        unit,
        ...(present
          ? {
              thresholds: {
                mode: 'absolute',
                steps: [
                  { color: 'green', value: null },
                  ...(present.redFrom === null ? [] : [{ color: 'red', value: present.redFrom }]),
                ],
              },
            }
          : { min: 0, custom: { fillOpacity: 8, showPoints: 'never' } }),
      },
      overrides: [],
    },
    options: present
      ? { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } }
      : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: queries.map(([expr, legend], index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource: PROMETHEUS,
      expr,
      legendFormat: legend,
    })),
  };
}
