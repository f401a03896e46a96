import { loadavg } from 'node:os';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { describeError } from '#platform/process/describe-error.ts';
import { installTemporalRuntime } from '#workflows/worker.ts';
import { log, openRig } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import { compare } from './compare.ts';
import type { Comparison, Result } from './compare.ts';
import { compareDebits } from './debit.ts';
import { compareGreedy } from './greedy.ts';
import { compareKeepAlive } from './keep-alive.ts';
import { compareNotify } from './notify.ts';
import { compareStarts } from './starts.ts';
import { compareTemporal } from './temporal.ts';

/** In ms; with the rounds that begin before, all of it takes less than 10 minutes. */
const LIMIT_EACH = 20_000;

/** In an order in which none meets what another left on the topic. */
const groups: Record<string, (rig: Rig, stack: AsyncDisposableStack) => Promise<Comparison[]>> = {
  notify: compareNotify,
  debit: compareDebits,
  'keep-alive': compareKeepAlive,
  temporal: compareTemporal,
  starts: compareStarts,
  greedy: compareGreedy,
};

/** `npm run bench -- choices` */
export function choicesCommand(): Command {
  return new Command('choices')
    .description(
      'Measures pairs of choices in turn, in less than 10 minutes. Absolute figures depend on the machine and on what ' +
        'else it does; ratios much less.',
    )
    .addOption(new Option('--only <group>', 'one group of comparisons').choices(Object.keys(groups)))
    .action(async ({ only }: { only?: string }) => measureChoices(only));
}

async function measureChoices(only: string | undefined): Promise<void> {
  await using rig = await openRig();
  installTemporalRuntime(log);
  const results: Result[] = [];
  for (const [name, open] of Object.entries(groups)) {
    if (only !== undefined && only !== name) continue;
    await using stack = new AsyncDisposableStack();
    for (const comparison of await open(rig, stack)) {
      console.error(`${comparison.name} …`);
      try {
        results.push(await compare(comparison, LIMIT_EACH));
      } catch (error) {
        // An overloaded machine can miss a deadline; the other measurements still count.
        console.error(`${comparison.name} could not be measured: ${describeError(error)}`);
        process.exitCode = 1;
      }
    }
  }
  print(results);
}

function print(results: readonly Result[]): void {
  const table = new Table({ head: ['', 'A', 'B', 'B / A', 'pairs'], style: { head: [], border: [] } });
  for (const { comparison, a, b, ratio } of results) {
    const { unit } = comparison;
    const [from, to] = [short(ratio.from), short(ratio.to)];
    table.push([
      comparison.name,
      `${comparison.a.label}: ${short(a.median)} ${unit}\n(${short(a.least)} to ${short(a.most)})`,
      `${comparison.b.label}: ${short(b.median)} ${unit}\n(${short(b.least)} to ${short(b.most)})`,
      `${short(ratio.median)}\n(${from} to ${to}, ${Math.floor(ratio.confidence * 100)}%)`,
      String(ratio.pairs),
    ]);
  }
  for (const { comparison } of results) console.log(`${comparison.name}: ${comparison.question}`);
  console.log(table.toString());
  const load = loadavg().map(short).join(', ');
  console.log(`Medians, with the least and the most; ratios with their interval. Load average ${load}.`);
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}
