import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { System } from '#tools/testbed/system.ts';

/** In ms. */
const SAMPLE_EVERY = 2_000;

/** The least life of a process that is judged: 2 minutes of samples. */
const SAMPLES = 60;

/**
 * What counts as growth from the second quarter of a life to its last: a share and a number of MB, both exceeded. Of the
 * JavaScript heap the least sample of a quarter counts, since that much could not be freed: see collect-garbage.ts.
 * Resident memory includes the native code of the Temporal SDK. It grows by half without a leak, because freed memory is
 * not returned to the system.
 */
const GROWTH = {
  heap: { share: 0.25, megabytes: 15 },
  resident: { share: 0.75, megabytes: 120 },
} as const;

/** In MB. */
export interface MemorySample {
  readonly heap: number;
  readonly resident: number;
}

/** In a run shorter than this, no process need have lived that long; in s. */
const SHORT_RUN = 300;

/** The result of the samples of all lives. */
export interface Memory {
  /** How many lasted long enough to be judged. */
  readonly lives: number;
  /** What grew, or that nothing could be judged; each in a sentence. */
  readonly problems: readonly string[];
}

/** Watches the memory of each service until the signal aborts. */
export async function watchMemory(system: System, signal: AbortSignal): Promise<Memory> {
  const began = performance.now();
  const lives = new Map<string, MemorySample[]>();
  while (!signal.aborted) {
    for (const name of SERVICE_NAMES) {
      for (const { pid, url } of system.copiesOf(name)) {
        const sample = await sampleOf(url);
        if (!sample) continue;
        const life = `${name} (process ${pid})`;
        lives.set(life, [...(lives.get(life) ?? []), sample]);
      }
    }
    await sleep(SAMPLE_EVERY, undefined, { signal }).catch(() => {});
  }
  return judgeMemory(lives, (performance.now() - began) / 1000);
}

/** @param lives by process, its samples; `seconds` is how long all of them were watched */
export function judgeMemory(lives: ReadonlyMap<string, readonly MemorySample[]>, seconds: number): Memory {
  const long = [...lives].filter(([, samples]) => samples.length >= SAMPLES);
  const unseen = long.length === 0 && seconds > SHORT_RUN;
  return {
    lives: long.length,
    problems: [
      ...(unseen ? ['no process lived long enough for its memory to say anything'] : []),
      ...long.flatMap(([life, samples]) => growthOf(life, samples)),
    ],
  };
}

function growthOf(life: string, samples: readonly MemorySample[]): string[] {
  return (['heap', 'resident'] as const).flatMap((what) => {
    const quarter = Math.floor(samples.length / 4);
    const least = (those: readonly MemorySample[]) => Math.min(...those.map((sample) => sample[what]));
    const early = least(samples.slice(quarter, 2 * quarter));
    const late = least(samples.slice(-quarter));
    const { share, megabytes } = GROWTH[what];
    if (late - early <= megabytes || late <= early * (1 + share)) return [];
    return [`${life}: its ${what} memory grew from ${early.toFixed(0)} to ${late.toFixed(0)} MB`];
  });
}

/** By the process's own metrics; undefined while it does not answer. */
async function sampleOf(url: string): Promise<MemorySample | undefined> {
  const metrics = await readMetrics(url).catch(() => {});
  if (metrics === undefined) return undefined;
  const megabytes = (name: string) => {
    const [, bytes] = new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics) ?? [];
    if (bytes === undefined) throw new Error(`${url} says nothing of ${name}`);
    return Number(bytes) / 2 ** 20;
  };
  return {
    heap: megabytes('nodejs_heap_size_used_bytes') + megabytes('nodejs_external_memory_bytes'),
    resident: megabytes('process_resident_memory_bytes'),
  };
}

async function readMetrics(url: string): Promise<string> {
  const reply = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(1_000) });
  return reply.text();
}
