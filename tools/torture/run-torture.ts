import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { checkInvariants } from '#tools/invariants/check-invariants.ts';
import type { CheckResult } from '#tools/invariants/check-result.ts';
import { checkPrivacy, checkRefusals } from '#tools/load/demo/check-from-outside.ts';
import { seededRandom } from '#tools/load/generate/seeded-random.ts';
import { acknowledged } from '#tools/load/generate/submissions.ts';
import type { Submission } from '#tools/load/generate/submissions.ts';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import type { System, SystemOptions } from '#tools/testbed/system.ts';
import { startSystem } from '#tools/testbed/system.ts';
import { checkLastOperations } from './checks/check-last-operations.ts';
import {
  RECOVERED_WITHIN,
  checkEnds,
  checkMeaning,
  checkRecoveries,
  shareAnswered,
} from './checks/check-meaning.ts';
import { countEnds, findOldestPending } from './checks/pending.queries.ts';
import { footprintOf, untilAtRest } from './checks/until-at-rest.ts';
import { watchMemory } from './checks/watch-memory.ts';
import { layTrap } from './crash-points/crash-point-list.ts';
import type { FaultClass } from './fault-classes.ts';
import { injectFaults } from './inject-faults.ts';
import type { Injection } from './inject-faults.ts';
import { TIMEOUT, placeUntilDone, prepareLoad } from './load/load-system.ts';
import type { TortureLoad } from './load/load-system.ts';
import { checkDeposits, makeDeposits } from './load/make-deposits.ts';
import { openHistory } from './load/record-submissions.ts';
import { shortestHistory } from './load/shortest-submissions.ts';
import { watchOrders } from './load/watch-orders.ts';
import { summarise } from './results/results.ts';
import type { TortureResult } from './results/results.ts';
import { superviseServices } from './supervise-services.ts';

export interface Torture extends TortureLoad {
  /** The fault class's name. */
  readonly name: string;
  readonly faultClass: FaultClass;
  /** For the history and for what the services need. */
  readonly folder: string;
  readonly system: SystemOptions;
}

/** Sooner than by default (30 and 60 s), since a fault that loses workflows is recovered from by a sweep. In s. */
const SWEEP = { SWEEP_EVERY: '5', SWEEP_AFTER: '15' };

/**
 * So few workflows that the worker's cache is soon full, whatever the fault. The worker does not hear that one was terminated, and
 * keeps it until another needs its place: what grows afterwards is a leak.
 */
const CACHE = { WORKFLOW_CACHE: '200' };

/** Starts a system, has a load and faults meet in it, heals it, waits until it is at rest, and checks everything. */
export async function runTorture(torture: Torture): Promise<TortureResult> {
  const { folder, name, seed, signal, say } = torture;
  const began = new Date();
  mkdirSync(folder, { recursive: true });
  const traps = Object.fromEntries(
    SERVICE_NAMES.map((service) => [service, layTrap(path.join(folder, 'points'), service)]),
  ) as Record<ServiceName, ReturnType<typeof layTrap>>;
  say('starting a system');
  await using system = await startSystem({
    ...torture.system,
    ...torture.faultClass.system,
    tell: (service) => ({
      ...traps[service].environment,
      ...(service === 'orders' && SWEEP),
      ...(service === 'workflows' && CACHE),
      ...torture.system.tell?.(service),
    }),
  });
  const historyFile = path.join(folder, 'history.jsonl');
  const history = openHistory(historyFile);
  say('opening accounts');
  const plan = await prepareLoad(system.client, torture);
  const before = await footprintOf(system);

  const memoryWatched = new AbortController();
  const memory = watchMemory(system, memoryWatched.signal);
  const loadOver = new AbortController();
  const injections: Injection[] = [];
  const target = { system, traps, signal: AbortSignal.any([loadOver.signal, signal]) };
  const injecting = {
    target,
    seed,
    history,
    signal: target.signal,
    stop: signal,
    occupied: new Set<string>(),
    findOldestPending: async () => findOldestPending(system.databases.orders),
    recoverWithin: RECOVERED_WITHIN,
    onInjected: (injection: Injection) => injections.push(injection),
  };
  const injected = injectFaults(torture.faultClass, injecting);
  const supervising = superviseServices(injecting);
  const recorded = history.record(system.client);
  const repeat = { timeout: TIMEOUT, signal };
  const depositing = makeDeposits(recorded, seededRandom(seed + 1), target.signal, repeat);
  await using watching = watchOrders(system.databases.orders);
  const { watch } = watching;
  const faults = torture.faultClass.faults.length;
  const submissions = await Promise.race([
    placeUntilDone(recorded, plan, torture, { faults, injections, watch }),
    // Rejects when a fault could not be put right again, or a service not be started: nothing can be said then.
    Promise.all([injected, supervising, depositing]).then(async () => new Promise<never>(() => {})),
  ]).finally(() => loadOver.abort());
  const loadWasOver = Date.now();
  await injected;
  const endedByThemselves = await supervising;
  const depositors = await depositing;
  signal.throwIfAborted();

  say('healing');
  for (const trap of Object.values(traps)) trap.disarm();
  await system.repair();
  say('waiting until it is at rest');
  const rest = await untilAtRest(system, before);
  memoryWatched.abort();
  const { lives: livesWatched, problems: ofMemory } = await memory;
  say('checking');
  const ends = await countEnds(system.databases.orders);
  const answered = shareAnswered(history.requests, injections);
  const results = await check(system, submissions);
  results.push(await checkDeposits(system.databases.payments, depositors));
  const problems = [
    ...rest.unrest,
    ...ofMemory,
    ...checkEnds(endedByThemselves),
    ...checkRecoveries(torture.faultClass, injections),
    ...checkMeaning(torture.faultClass, { injections, ends, answered, loadOver: loadWasOver }),
    ...(await checkLastOperations(system)),
  ];
  await history[Symbol.asyncDispose]();
  const breaches = results.flatMap(({ examples }) => examples);
  return {
    ...summarise({ submissions, injections, results, ends }),
    name,
    seed,
    began: began.toISOString(),
    seconds: Math.round((Date.now() - began.getTime()) / 1000),
    answered,
    restAfter: rest.ms / 1000,
    livesWatched,
    endedByThemselves,
    problems,
    ...(breaches.length > 0 && { shortest: await shortestHistory(historyFile, breaches, system) }),
  };
}

/** How many orders a stranger asks for. */
const PRIVACY_SAMPLE = 20;

async function check(
  { databases, kafkaOptions: kafka, client }: System,
  submissions: readonly Submission[],
): Promise<CheckResult[]> {
  const orders = acknowledged(submissions).map(({ outcome }) => outcome.order);
  return [
    ...(await checkInvariants({ databases, kafka, submissions })),
    await checkRefusals(client, databases),
    await checkPrivacy(client, orders.slice(-PRIVACY_SAMPLE)),
  ];
}
