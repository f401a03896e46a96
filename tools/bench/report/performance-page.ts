import type { Result as ChoiceResult } from '../choices/compare.ts';
import type { Environment } from '../measure/environment.ts';
import { PEERS } from '../peers/peers.ts';
import { coresTable } from './cores-table.ts';
import type { Data } from './data.ts';
import { join, table } from './markdown.ts';
import { medianAndRange, ratios, short, total } from './medians.ts';
import { targetsTable } from './targets.ts';
import { turnTables } from './turn-tables.ts';

const INTRODUCTION = `# Performance

Written by \`npm run bench -- report\` from the results in \`docs/performance/\`. Only the notes at the end are by hand, from
\`docs/performance-notes.md\`: what was tried, and what each was worth when it was tried.

Absolute figures are of one machine on one day; compare ratios. All that is compared ran on the same machine, on the same
PostgreSQL, Kafka and Temporal unless said otherwise, in turns: each starts, is warmed up, measured and stopped, and each
round begins with another one. A value is the median of its turns, with the least and the most in brackets. A ratio is the
median of the ratios of each round.

Orders come from a generator with a process of its own. At a rate it sends each at its time, whether or not earlier ones
are answered, and latency counts from that time. With a backlog it keeps as many requests under way as it can, and
decided/s counts from the first sent to the last decided. CPU is of all processes that take part, from \`/proc\`; that of the
generator is not among it.`;

const TARGETS = `They were set at commit e1914af, before the work on speed began: what one would wish, and not what was known to be possible.
For those that are missed, [What was tried](#what-was-tried) and [Where the time goes](#where-the-time-goes) say why.`;

/** The page, as Markdown. @param notes by hand */
export function performancePage(data: Data, notes: string): string {
  return `${join(
    INTRODUCTION,
    '## Targets',
    TARGETS,
    targetsTable(data),
    peersSection(data),
    coresSection(data),
    beforeSection(data),
    growthSection(data),
    profileSection(data),
    choicesSection(data),
    notes.trim(),
  )}\n`;
}

function peersSection({ peers }: Data): string | undefined {
  if (!peers) return undefined;
  const names = PEERS.map(({ name }) => name);
  const turns = peers.results.filter((result) => 'turn' in result);
  const counted = peers.results.filter((result) => 'counts' in result);
  const kinds = [...new Set(counted.flatMap(({ counts }) => Object.keys(counts)))];
  return join(
    '## Compared with other ways',
    environmentOf(peers.environments),
    PEERS.filter(({ name }) => turns.some(({ subject }) => subject === name))
      .map(({ name, title, setUp }) => `- **${name}**: ${title}. ${setUp}`)
      .join('\n'),
    turnTables(turns, names, 'gozon'),
    counted.length > 0 &&
      join(
        'What an order takes, counted while orders came one by one, less what happens without orders:',
        table(
          ['', ...counted.map(({ subject }) => subject)],
          kinds.map((kind) => [
            kind,
            ...counted.map(({ counts }) => (counts[kind] === undefined ? '' : counts[kind].toFixed(1))),
          ]),
        ),
      ),
  );
}

function coresSection({ peers }: Data): string | undefined {
  const turns = (peers?.results ?? [])
    .filter((result) => 'turn' in result)
    .filter(({ subject }) => subject === 'gozon')
    .map(({ turn }) => turn);
  if (turns.length === 0) return undefined;
  return join(
    '## What a core is good for',
    'Arithmetic on what was measured above with a backlog. [scaling.md](operations/scaling.md) says what it is worth.',
    coresTable(turns),
  );
}

function beforeSection({ before }: Data): string | undefined {
  if (!before) return undefined;
  return join(
    '## Before and now',
    environmentOf(before.environments),
    'Each by its own `npm start`. Both have the rates of the capacity that `before` had.',
    turnTables(before.results, ['before', 'now'], 'now'),
  );
}

function growthSection({ growth }: Data): string | undefined {
  if (!growth) return undefined;
  const turns = growth.results.filter((result) => 'turn' in result);
  const sizes = [...new Set(turns.map(({ subject }) => subject))].toSorted(
    (a, b) => Number(a.replaceAll(',', '')) - Number(b.replaceAll(',', '')),
  );
  const [smallest = ''] = sizes;
  const parts = Map.groupBy(
    growth.results.filter((result) => 'figures' in result),
    ({ part }) => part,
  );
  return join(
    '## Growth',
    environmentOf(growth.environments),
    turns.length > 0 &&
      join(
        `By how many orders are stored. Ratios to ${smallest}:`,
        table(
          ['stored', 'decided/s', 'CPU ms an order', 'ratio', 'PostgreSQL ms', 'ratio'],
          sizes.map((size) => {
            const own = turns.filter(({ subject }) => subject === size).map(({ turn }) => turn);
            const cells = [
              (turn: (typeof own)[number]) => total(turn.sustained.cpu),
              (turn: (typeof own)[number]) => turn.sustained.cpu['postgres'],
            ].flatMap((value) => [
              medianAndRange(own.map(value)),
              size === smallest ? '' : medianAndRange(ratios(turns, size, smallest, value)),
            ]);
            return [size, medianAndRange(own.map((turn) => turn.sustained.decidedPerSecond)), ...cells];
          }),
        ),
      ),
    ...[...parts].map(([part, results]) => {
      const names = [...new Set(results.flatMap(({ figures }) => Object.keys(figures)))];
      return join(
        `### ${part}`,
        table(
          ['', 'measured'],
          names.map((name) => [name, medianAndRange(results.map(({ figures }) => figures[name]))]),
        ),
      );
    }),
  );
}

function profileSection({ profile }: Data): string | undefined {
  if (!profile) return undefined;
  return join(
    '## Where the CPU of the process workflows goes',
    environmentOf(profile.environments),
    ...profile.results.map(({ thread, orders, busy, busyShare, top }) =>
      join(
        `### The ${thread} thread`,
        `${short(busy)} ms an order, while ${orders} orders were paid as fast as it could: it was busy ` +
          `${(busyShare * 100).toFixed(0)}% of the time.`,
        `![Flame graph of the ${thread} thread](performance/workflows-${thread}.svg)`,
        table(
          ['the time in it, without what it calls', 'share'],
          top.map(({ name, share }) => [`\`${name}\``, `${(share * 100).toFixed(1)}%`]),
        ),
      ),
    ),
  );
}

function choicesSection({ choices }: Data): string | undefined {
  if (!choices) return undefined;
  const last = new Map(choices.results.map((result) => [result.name, result]));
  const cell = ({ label, median, least, most }: ChoiceResult['a'], unit: string) =>
    `${label}: ${short(median)} ${unit} (${short(least)} to ${short(most)})`;
  return join(
    '## Choices',
    environmentOf(choices.environments),
    'Rounds of A and B in pairs, whose ratio is what counts. A ratio is given with its interval of that confidence.',
    table(
      ['', 'A', 'B', 'B to A', 'pairs'],
      [...last.values()].map(({ name, unit, a, b, ratio: { median, from, to, confidence, pairs } }) => [
        name,
        cell(a, unit),
        cell(b, unit),
        `${median.toFixed(2)} (${from.toFixed(2)} to ${to.toFixed(2)}, ${Math.floor(confidence * 100)}%)`,
        String(pairs),
      ]),
    ),
    [...last.values()].map(({ name, question }) => `- **${name}**: ${question}.`).join('\n'),
  );
}

/** Of a run that was resumed, all that took part. */
function environmentOf(environments: readonly Environment[]): string {
  const all = (of: (environment: Environment) => string) =>
    [...new Set(environments.map(of))].join(', then ');
  return [
    `Measured ${all(({ date }) => date)} by \`${all(({ command }) => command)}\` at commit ${all(({ commit }) => commit)},`,
    `on ${all(({ machine }) => `${machine.cores} cores (${machine.cpu}) with ${machine.memoryGb} GB, Linux ${machine.kernel}`)}.`,
    `Versions: ${all(({ versions }) =>
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    )}.`,
  ].join(' ');
}
