import { inBackground, pause } from '@gozon/timing';
import { describeError } from '#platform/process/describe-error.ts';
import { eventually } from '#tools/testbed/eventually.ts';
import type { Provocation, Victim } from './provocations/provocation.ts';
import type { Alert, RunningPrometheus } from './start-prometheus.ts';

/** What came of an alert. */
export interface AlertResult {
  readonly alert: string;
  readonly fault: string;
  /** By what durations were divided. */
  readonly factor: number;
  /** S from the beginning of the fault; undefined when it did not fire. */
  readonly fired: number | undefined;
  /** S from the end of the healing; undefined when it did not fire, or stayed. */
  readonly cleared: number | undefined;
  /** What went wrong with the fault. */
  readonly problem: string | undefined;
}

export interface FireAlertsOptions {
  /** By what durations are divided. */
  readonly factor: number;
  readonly say: (progress: string) => void;
  /** Called while all of them fire. */
  readonly onFiring?: () => Promise<void>;
}

/** In ms. */
const LOOK_EVERY = 100;
/** In ms. The longest are those whose durations are divided by little. */
const FIRES_WITHIN = 300_000;
/** In ms. An objective counts the failures of six hours. */
const CLEARS_WITHIN = 900_000;

/** Brings a fault about, waits until each of its alerts has fired, heals it, and waits until they are gone. */
export async function fireAlerts(
  provocation: Provocation,
  victim: Victim,
  options: FireAlertsOptions,
): Promise<AlertResult[]> {
  const { fault, fires } = provocation;
  const { factor } = options;
  const { fired, problem } = await untilFiring(provocation, victim, options);
  const healed = performance.now();
  options.say(`healed, waiting until ${fires.join(', ')} ${fires.length > 1 ? 'are' : 'is'} gone`);
  return Promise.all(
    fires.map(async (alert) => {
      const cleared = await untilGone(victim.prometheus, alert, provocation).then(
        () => secondsSince(healed),
        () => undefined,
      );
      const at = fired.get(alert);
      return { alert, fault, factor, fired: at, cleared: at === undefined ? undefined : cleared, problem };
    }),
  );
}

/** Each of them fires at some time while the fault lasts, and some of them only for a moment. Then it is healed. */
async function untilFiring(
  provocation: Provocation,
  victim: Victim,
  { say, onFiring }: FireAlertsOptions,
): Promise<{ fired: ReadonlyMap<string, number>; problem: string | undefined }> {
  const { fault, fires, provoke } = provocation;
  const fired = new Map<string, number>();
  const missing = () => fires.filter((alert) => !fired.has(alert));
  try {
    say('waiting until all is well');
    await victim.system.repair();
    await Promise.all(fires.map(async (alert) => untilGone(victim.prometheus, alert, provocation)));
    await using healing = new AsyncDisposableStack();
    await using _watching = watchFiring(victim.prometheus, provocation, fired);
    say(fault);
    await provoke(victim, healing);
    say(`${fault}: waiting for ${missing().join(', ')}`);
    await eventually(`${fires.join(', ')} to fire`, () => missing().length === 0, { within: FIRES_WITHIN });
    await onFiring?.();
    say(`${fault}: healing`);
    return { fired, problem: undefined };
  } catch (error) {
    return { fired, problem: describeError(error) };
  }
}

/** Notes when each of its alerts fires first, in s from now. */
function watchFiring(
  prometheus: RunningPrometheus,
  provocation: Provocation,
  fired: Map<string, number>,
): AsyncDisposable {
  const began = performance.now();
  return inBackground(async (signal) => {
    while (!signal.aborted) {
      const all = await prometheus.alerts().catch(() => []);
      for (const alert of provocation.fires) {
        const fires = all.some((one) => one.state === 'firing' && isOf(provocation, alert, one));
        if (fires && !fired.has(alert)) fired.set(alert, secondsSince(began));
      }
      await pause(LOOK_EVERY, signal);
    }
  });
}

/** Neither pending nor firing: one that is pending would fire by what was before. */
async function untilGone(
  prometheus: RunningPrometheus,
  alert: string,
  provocation: Provocation,
): Promise<void> {
  await eventually(
    `${alert} to be gone`,
    async () => !(await prometheus.alerts()).some((one) => isOf(provocation, alert, one)),
    { within: CLEARS_WITHIN },
  );
}

function isOf({ labels: wanted = {} }: Provocation, alert: string, { labels }: Alert): boolean {
  return (
    labels['alertname'] === alert &&
    Object.entries(wanted).every(([label, value]) => (labels[label] ?? value) === value)
  );
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000;
}
