import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames } from '../../stack/service-environments.ts';
import type { System } from '../kit/system.ts';

/** In ms. */
const SAMPLE_EVERY = 2_000;

/** A process that lived for less has shown nothing: 2 minutes of samples. */
const SAMPLES = 60;

/** What is taken for growth, from the second quarter of a life to its last: a share, and MB, both. */
const GROWTH = { share: 0.25, megabytes: 40 };

/** A run of less than this need not have let a process live that long; in s. */
const SHORT_RUN = 300;

/** What the samples of all lives say. */
export interface Memory {
  /** How many lasted long enough to show something. */
  readonly lives: number;
  /** What grew, or that nothing could be seen, each in a sentence. */
  readonly troubles: readonly string[];
}

/** Watches the resident memory of each service until the signal aborts. */
export async function watchMemory(system: System, signal: AbortSignal): Promise<Memory> {
  const began = performance.now();
  const lives = new Map<string, number[]>();
  while (!signal.aborted) {
    for (const name of serviceNames) {
      for (const { pid } of system.copiesOf(name)) {
        const megabytes = residentMegabytes(pid);
        if (megabytes === undefined) continue;
        const life = `${name} (process ${pid})`;
        lives.set(life, [...(lives.get(life) ?? []), megabytes]);
      }
    }
    await sleep(SAMPLE_EVERY, undefined, { signal }).catch(() => {});
  }
  return judgeMemory(lives, (performance.now() - began) / 1000);
}

/** @param lives by process, its samples in MB; `seconds` is how long all of them were watched */
export function judgeMemory(lives: ReadonlyMap<string, readonly number[]>, seconds: number): Memory {
  const long = [...lives].filter(([, samples]) => samples.length >= SAMPLES);
  const unseen = long.length === 0 && seconds > SHORT_RUN;
  return {
    lives: long.length,
    troubles: [
      ...(unseen ? ['no process lived long enough for its memory to say anything'] : []),
      ...long.flatMap(([life, samples]) => growthOf(life, samples)),
    ],
  };
}

function growthOf(life: string, samples: readonly number[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  const early = median(samples.slice(quarter, 2 * quarter));
  const late = median(samples.slice(-quarter));
  if (late - early <= GROWTH.megabytes || late <= early * (1 + GROWTH.share)) return [];
  return [`${life} grew from ${early.toFixed(0)} to ${late.toFixed(0)} MB`];
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0;
}

/** From Linux's proc(5); undefined when the process has ended. */
function residentMegabytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
}
