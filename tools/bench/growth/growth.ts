import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import pg from 'pg';
import { describeError } from '#platform/process/describe-error.ts';
import { clearStaleRegistry } from '#tools/stack/processes/supervisor-lock.ts';
import { thisCopy } from '../before/check-out.ts';
import { homeOf, npmStart } from '../before/npm-start.ts';
import type { StartedCopy } from '../before/npm-start.ts';
import { openResults } from '../measure/results.ts';
import { takeRounds } from '../measure/rounds.ts';
import type { RoundResult } from '../measure/rounds.ts';
import { openGenerator, placeOrders } from '../measure/send-orders.ts';
import { lengthOfTurns, SHORT } from '../measure/turn.ts';
import { printTurns } from '../report/print-turns.ts';
import { PARTS } from './parts.ts';
import type { PartResult } from './parts.ts';
import { seedOrders } from './seed.ts';
import type { Size } from './seed.ts';

/** By how it is called. */
const SIZES: Readonly<Record<string, Size>> = {
  '1,000': { orders: 1_000, accounts: 33 },
  '100,000': { orders: 100_000, accounts: 3_333 },
  '3,000,000': { orders: 3_000_000, accounts: 100_000 },
};
const LARGEST = '3,000,000';

/** What the parts do beyond what one customer may. */
const WITHOUT_LIMITS = { RATE_LIMIT_PER_USER: '1000000', MAX_UNDECIDED_ORDERS: '1000000' };

const ALL_PARTS = ['sizes', ...Object.keys(PARTS)];

interface GrowthOptions {
  readonly part?: readonly string[];
  readonly rounds: string;
  readonly short?: boolean;
  readonly share: string;
  readonly resume?: boolean;
}

/** `npm run bench -- growth` */
export function growthCommand(): Command {
  return new Command('growth')
    .description(
      'Measures this system with a thousand, 100 thousand and 3 million orders stored, by its npm start.',
    )
    .addOption(new Option('--part <names...>', 'only these').choices(ALL_PARTS))
    .option('--rounds <number>', 'turns of each size; more than one are longer turns', '1')
    .option('--short', 'short turns all the same')
    .option('--share <number>', 'of the orders of each part, for a shorter run', '1')
    .option('--resume', 'goes on where a run was ended, with what it stored')
    .action(measureGrowth);
}

async function measureGrowth({
  part = ALL_PARTS,
  rounds,
  short = false,
  share,
  resume = false,
}: GrowthOptions): Promise<void> {
  const results = await openResults<RoundResult | PartResult>('growth', { resume });
  const subjects = Object.keys(SIZES).map((name) => ({
    name,
    start: async (stack: AsyncDisposableStack) => start(name, stack),
  }));
  for (const { name } of subjects) {
    await clearStaleRegistry(home(name), console.error);
    if (!resume) rmSync(home(name), { recursive: true, force: true });
  }
  if (part.includes('sizes')) {
    for (const name of Object.keys(SIZES)) await store(name);
    await takeRounds(subjects, Number(rounds), lengthOfTurns({ rounds, short }), results);
  }
  for (const name of part.filter((one) => one !== 'sizes')) {
    if (results.all.some((result) => 'part' in result && result.part === name)) continue;
    await store(LARGEST);
    console.error(`${name} …`);
    try {
      results.append({ part: name, figures: await measurePart(name, Number(share)) });
    } catch (error) {
      console.error(`${name} could not be measured: ${describeError(error)}`);
      process.exitCode = 1;
    }
  }
  printTurns(results.all.filter((result) => 'turn' in result));
  for (const result of results.all) if ('figures' in result) console.log(result);
}

function home(size: string): string {
  return homeOf(`growth-${size.replaceAll(',', '')}`);
}

async function start(size: string, stack: AsyncDisposableStack): Promise<StartedCopy> {
  return npmStart(thisCopy(), home(size), stack, WITHOUT_LIMITS);
}

/** The orders of a size, unless they are stored. */
async function store(name: string): Promise<void> {
  const size = SIZES[name];
  if (!size) throw new Error(`no size ${name}`);
  console.error(`Storing ${name} orders …`);
  mkdirSync(home(name), { recursive: true });
  await using stack = new AsyncDisposableStack();
  const { urlOf } = await start(name, stack);
  await seedOrders(size, path.join(home(name), 'seeded.json'), urlOf);
}

async function measurePart(name: string, share: number): Promise<PartResult['figures']> {
  const measure = PARTS[name];
  if (!measure) throw new Error(`no part ${name}`);
  await using stack = new AsyncDisposableStack();
  const peer = await start(LARGEST, stack);
  const orders = new pg.Client({ connectionString: peer.urlOf('orders') });
  await orders.connect();
  stack.defer(async () => orders.end());
  const customers = { peer, send: openGenerator(stack), userIds: await peer.openCustomers(100) };
  await placeOrders(customers, SHORT.warmUp, { atOnce: 16 });
  return await measure({ peer, customers, orders, share, accounts: SIZES[LARGEST]?.accounts ?? 0 });
}
