/** A metric as a process exposes it: all its samples together. */
export interface ExposedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** The names of its labels, without `le`; empty also when it has no sample yet. */
  readonly labels: readonly string[];
  readonly samples: number;
}

/** Reads Prometheus' text format 0.0.4, as far as names, types and labels go. @throws on a line that belongs to no metric */
export function readExposition(text: string): ExposedMetric[] {
  const metrics = new Map<string, { type: string; help: string; labels: Set<string>; samples: number }>();
  let current: string | undefined;
  const of = (name: string) => {
    const metric = metrics.get(name) ?? { type: '', help: '', labels: new Set<string>(), samples: 0 };
    metrics.set(name, metric);
    current = name;
    return metric;
  };
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (what === 'HELP') of(name).help = rest;
    else if (what === 'TYPE') of(name).type = rest;
    else addSample(line);
  }
  return [...metrics].map(([name, { labels, ...metric }]) => ({
    name,
    ...metric,
    labels: [...labels].filter((label) => label !== 'le').toSorted(),
  }));

  function addSample(line: string): void {
    const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const metric = metrics.get(current ?? '');
    if (!metric || !new RegExp(`^${current}(_bucket|_sum|_count)?$`).test(name)) {
      throw new Error(`belongs to no metric: ${line}`);
    }
    metric.samples += 1;
    for (const [, label = ''] of labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) metric.labels.add(label);
  }
}
