import { Command } from 'commander';
import { describeError } from '#platform/process/describe-error.ts';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { countOrder } from '../measure/counts.ts';
import type { Counts } from '../measure/counts.ts';
import { openResults } from '../measure/results.ts';
import type { Results } from '../measure/results.ts';
import { takeRounds } from '../measure/rounds.ts';
import type { RoundResult } from '../measure/rounds.ts';
import { lengthOfTurns } from '../measure/turn.ts';
import type { Subject } from '../measure/turn.ts';
import { openRig } from '../open-rig.ts';
import type { Rig } from '../open-rig.ts';
import { printTurns } from '../report/print-turns.ts';
import type { Peer, SharedServer } from './peer.ts';
import { PEERS } from './peers.ts';

/** What an order of a peer takes, counted once. */
export interface CountResult {
  readonly subject: string;
  readonly counts: Counts;
}

interface PeersOptions {
  readonly only?: string;
  readonly rounds: string;
  readonly short?: boolean;
  readonly resume?: boolean;
  readonly counts?: boolean;
}

/** `npm run bench` without a subcommand */
export function peersCommand(): Command {
  return new Command('peers')
    .description(
      'Compares this system with other ways to do the same; in less than 10 minutes with one round.',
    )
    .option('--rounds <number>', 'turns of each; more than one are longer turns', '1')
    .option('--short', 'short turns all the same')
    .option('--only <names>', `of ${PEERS.map(({ name }) => name).join(', ')}; separated by commas`)
    .option('--counts', 'then counts what an order of each takes: half a minute more for each')
    .option('--resume', 'goes on where a run was ended')
    .action(comparePeers);
}

async function comparePeers({
  only,
  rounds,
  short = false,
  resume = false,
  counts = false,
}: PeersOptions): Promise<void> {
  const peers = choose(only).filter(canStart);
  const results = await openResults<RoundResult | CountResult>('peers', { resume });
  await using rig = await openRig();
  const subjects = peers.map((peer) => asSubject(rig, peer));
  await takeRounds(subjects, Number(rounds), lengthOfTurns({ rounds, short }), results);
  if (counts) await countOrders(rig, peers, results);
  printTurns(results.all);
}

async function countOrders(
  rig: Rig,
  peers: readonly Peer[],
  results: Results<RoundResult | CountResult>,
): Promise<void> {
  for (const peer of peers) {
    if (results.all.some((result) => 'counts' in result && result.subject === peer.name)) continue;
    console.error(`Counting what an order takes: ${peer.name} …`);
    try {
      results.append({ subject: peer.name, counts: await countOrder(rig, peer) });
    } catch (error) {
      console.error(`${peer.name} could not be counted: ${describeError(error)}`);
      process.exitCode = 1;
    }
  }
}

function choose(only: string | undefined): readonly Peer[] {
  if (only === undefined) return PEERS.filter(isHere);
  return only.split(',').map((name) => {
    const peer = PEERS.find((one) => one.name === name);
    if (!peer) throw new UserError(`There is no ${name}.`);
    const missing = peer.missing?.();
    if (missing !== undefined) throw new UserError(missing);
    return peer;
  });
}

function isHere({ name, missing }: Peer): boolean {
  const why = missing?.();
  if (why !== undefined) console.error(`Without ${name}. ${why}`);
  return why === undefined;
}

function canStart({ name, missing }: Peer): boolean {
  const why = missing?.();
  if (why !== undefined) console.error(`${name} is left out: ${why}`);
  return why === undefined;
}

const ALL_SERVERS: readonly SharedServer[] = ['postgres', 'kafka', 'temporal'];

function asSubject(rig: Rig, peer: Peer): Subject {
  const servers = (peer.uses ?? ALL_SERVERS).map((name) => ({ name, pid: rig.servers[name].pid }));
  return {
    name: peer.name,
    start: async (stack) => ({ ...(await peer.start(rig, stack)), servers }),
  };
}
