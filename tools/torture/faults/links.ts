import { pause } from '@gozon/timing';
import type { SeededRandom } from '#tools/load/generate/seeded-random.ts';
import { LINK_NAMES } from '#tools/testbed/system.ts';
import type { Link } from '#tools/testbed/tcp-proxy.ts';
import type { Fault, FaultTarget } from './fault.ts';

/** In ms. */
const LASTS = [1_000, 6_000] as const;
/** Silence can be noticed only by a timeout. */
const SILENCE_LASTS = [3_000, 12_000] as const;
const DELAY = [50, 400] as const;

const bad: readonly {
  how: string;
  spoil: (link: Link, random: SeededRandom) => unknown;
  lasts: readonly [least: number, most: number];
  mend: (link: Link) => unknown;
}[] = [
  {
    how: 'is slow',
    spoil: (link, random) => link.delay(random.between(...DELAY)),
    lasts: LASTS,
    mend: (link) => link.delay(0),
  },
  {
    how: 'is cut',
    spoil: async (link) => link.cut(),
    lasts: LASTS,
    mend: async (link) => link.heal(),
  },
  {
    how: 'is reset',
    spoil: async (link) => link.cut(),
    lasts: [0, 0],
    mend: async (link) => link.heal(),
  },
  {
    how: 'is silent, and old connections stay so',
    spoil: (link) => link.halfOpen(),
    lasts: SILENCE_LASTS,
    mend: async (link) => link.heal('stays silent'),
  },
  {
    how: 'is silent, and old connections go on',
    spoil: (link) => link.halfOpen(),
    lasts: SILENCE_LASTS,
    mend: async (link) => link.heal('goes on'),
  },
];

/** Every kind of link fault, on every link. */
export const spoilLinks: readonly Fault[] = LINK_NAMES.flatMap((name) =>
  bad.map(({ how, spoil, lasts, mend }) => ({
    name: `${name} ${how}`,
    locks: [name],
    async harm({ system, random, signal }: FaultTarget) {
      const link = system.links[name];
      try {
        await spoil(link, random);
        await pause(random.between(...lasts), signal);
      } finally {
        await mend(link);
      }
      return true;
    },
  })),
);
