import { loadavg } from 'node:os';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { describeError } from '#platform/process/describe-error.ts';
import { installTemporalRuntime } from '#workflows/worker.ts';
import { openResults } from '../measure/results.ts';
import { log, openRig } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import { compare } from './compare.ts';
import type { Comparison, Result } from './compare.ts';
import { compareCsv } from './csv.ts';
import { compareDebits } from './debit.ts';
import { compareGreedy } from './greedy.ts';
import { compareKeepAlive } from './keep-alive.ts';
import { compareNotify } from './notify.ts';
import { compareEncryption, compareTraces } from './settings.ts';
import { compareStarts } from './starts.ts';
import { compareTemporal } from './temporal.ts';

/** Comparisons of a part of the system, on the servers of a rig. */
export const ON_RIG: Readonly<
  Record<string, (rig: Rig, stack: AsyncDisposableStack) => Promise<Comparison[]>>
> = {
  notify: compareNotify,
  debit: compareDebits,
  'keep-alive': compareKeepAlive,
  temporal: compareTemporal,
  starts: compareStarts,
  greedy: compareGreedy,
  csv: compareCsv,
};

/** Each has servers of its own. */
const groups: Readonly<Record<string, (stack: AsyncDisposableStack) => Promise<Comparison[]>>> = {
  ...Object.fromEntries(
    Object.entries(ON_RIG).map(([name, open]) => [
      name,
      async (stack: AsyncDisposableStack) => open(stack.use(await openRig()), stack),
    ]),
  ),
  traces: compareTraces,
  encryption: compareEncryption,
};

/** `npm run bench -- choices` */
export function choicesCommand(): Command {
  return new Command('choices')
    .description(
      'Measures pairs of choices in turn, in less than 20 minutes. Absolute figures depend on the machine and on what ' +
        'else it does; ratios much less.',
    )
    .addOption(
      new Option('--only <group>', 'one group of comparisons; keeps the results of the others').choices(
        Object.keys(groups),
      ),
    )
    .action(async ({ only }: { only?: string }) => measureChoices(only));
}

async function measureChoices(only: string | undefined): Promise<void> {
  const results = await openResults<Result>('choices', { resume: only !== undefined });
  installTemporalRuntime(log);
  const measured: Result[] = [];
  for (const [name, open] of Object.entries(groups)) {
    if (only !== undefined && only !== name) continue;
    await using stack = new AsyncDisposableStack();
    for (const comparison of await open(stack)) {
      console.error(`${comparison.name} …`);
      try {
        const result = await compare(comparison);
        results.append(result);
        measured.push(result);
      } catch (error) {
        // An overloaded machine can miss a deadline; the other measurements still count.
        console.error(`${comparison.name} could not be measured: ${describeError(error)}`);
        process.exitCode = 1;
      }
    }
  }
  print(measured);
}

function print(results: readonly Result[]): void {
  const table = new Table({ head: ['', 'A', 'B', 'B / A', 'pairs'], style: { head: [], border: [] } });
  for (const { name, unit, a, b, ratio } of results) {
    const [from, to] = [short(ratio.from), short(ratio.to)];
    table.push([
      name,
      `${a.label}: ${short(a.median)} ${unit}\n(${short(a.least)} to ${short(a.most)})`,
      `${b.label}: ${short(b.median)} ${unit}\n(${short(b.least)} to ${short(b.most)})`,
      `${short(ratio.median)}\n(${from} to ${to}, ${Math.floor(ratio.confidence * 100)}%)`,
      String(ratio.pairs),
    ]);
  }
  for (const { name, question } of results) console.log(`${name}: ${question}`);
  console.log(table.toString());
  const load = loadavg().map(short).join(', ');
  console.log(`Medians, with the least and the most; ratios with their interval. Load average ${load}.`);
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}
