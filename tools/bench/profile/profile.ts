import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import path from 'node:path';
import { Command } from 'commander';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { eventually } from '#tools/testbed/eventually.ts';
import { openResults, resultsFile } from '../measure/results.ts';
import { openGenerator, placeOrders } from '../measure/send-orders.ts';
import { openRig } from '../open-rig.ts';
import { gozonWith } from '../peers/gozon.ts';
import { flameGraph } from './flame-graph.ts';
import { foldProfile, nameCall, selfTimes } from './fold-profile.ts';
import { PROFILE_FOLDER } from './profile-folder.ts';

/** Of one thread of the process workflows, while it had as many orders as it could pay. */
export interface ProfileResult {
  readonly thread: 'main' | 'workflow';
  readonly orders: number;
  /** Of the thread, an order, in ms. */
  readonly busy: number;
  /** Of the whole time, from 0 to 1. */
  readonly busyShare: number;
  /** Where its own time goes, as shares of the busy time, the largest first. */
  readonly top: readonly { readonly name: string; readonly share: number }[];
}

const ORDERS = 600;
const WARM_UP = 300;
const AT_ONCE = 64;
const TOP = 15;

/** `npm run bench -- profile` */
export function profileCommand(): Command {
  return new Command('profile')
    .description('Shows where the CPU of the process workflows goes: flame graphs of its two threads.')
    .action(takeProfiles);
}

/** The picture of a thread, beside the results. */
export function flameGraphFile(thread: ProfileResult['thread']): string {
  return path.join(path.dirname(resultsFile('profile')), `workflows-${thread}.svg`);
}

async function takeProfiles(): Promise<void> {
  const results = await openResults<ProfileResult>('profile', { resume: false });
  await using rig = await openRig();
  await using stack = new AsyncDisposableStack();
  const folder = path.join(rig.settings.home, 'profiles');
  mkdirSync(folder);
  const preload = new URL('record-profile.ts', import.meta.url).href;
  const peer = await gozonWith({
    workflows: { [PROFILE_FOLDER]: folder, NODE_OPTIONS: `--import=${preload}` },
  }).start(rig, stack);
  const customers = { peer, send: openGenerator(stack), userIds: await peer.openCustomers(100) };
  const toggle = () => {
    const pid = peer.processes.find(({ name }) => name === 'workflows')?.pid;
    if (pid !== undefined) process.kill(pid, 'SIGUSR2');
  };
  await placeOrders(customers, WARM_UP, { atOnce: AT_ONCE });
  toggle();
  await placeOrders(customers, ORDERS, { atOnce: AT_ONCE });
  toggle();
  const files = await eventually('the profiles of both threads', () => {
    const found = readdirSync(folder);
    return found.length >= 2 && found;
  });
  for (const file of files.toSorted()) {
    const thread = file === 'main.cpuprofile' ? 'main' : 'workflow';
    const profile = await eventually('a whole profile', () => readProfile(path.join(folder, file)));
    const root = foldProfile(profile, (call) => nameCall(call, CHECKOUT));
    const title = thread === 'main' ? 'workflows: main thread' : 'workflows: the thread of workflow code';
    writeFileSync(flameGraphFile(thread), flameGraph(title, root));
    results.append({
      thread,
      orders: ORDERS,
      busy: root.total / ORDERS,
      busyShare: (root.total * 1000) / (profile.endTime - profile.startTime),
      top: selfTimes(root)
        .slice(0, TOP)
        .map(({ name, self }) => ({ name, share: self / root.total })),
    });
    console.log(`${title}: ${flameGraphFile(thread)}`);
  }
}

function readProfile(file: string): Profiler.Profile {
  return JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile;
}
