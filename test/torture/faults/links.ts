import { pause } from '#platform/lifecycle.ts';
import { linkNames } from '../../kit/system.ts';
import type { Link } from '../../kit/tcp-proxy.ts';
import type { Fault, Victim } from './fault.ts';

/** In ms. */
const LASTS = [1_000, 6_000] as const;
/** A silence is noticed by time alone. */
const SILENCE_LASTS = [3_000, 12_000] as const;
const DELAY = [50, 400] as const;

const bad: readonly { how: string; strike: (link: Link, victim: Victim) => Promise<void> }[] = [
  {
    how: 'is slow',
    async strike(link, { random, signal }) {
      link.delay(random.between(...DELAY));
      await pause(random.between(...LASTS), signal);
      link.delay(0);
    },
  },
  {
    how: 'is cut',
    async strike(link, { random, signal }) {
      await link.cut();
      await pause(random.between(...LASTS), signal);
      await link.heal();
    },
  },
  {
    how: 'is reset',
    async strike(link) {
      await link.cut();
      await link.heal();
    },
  },
  {
    how: 'is silent, and old connections stay so',
    async strike(link, { random, signal }) {
      link.halfOpen();
      await pause(random.between(...SILENCE_LASTS), signal);
      await link.heal('stays silent');
    },
  },
  {
    how: 'is silent, and old connections go on',
    async strike(link, { random, signal }) {
      link.halfOpen();
      await pause(random.between(...SILENCE_LASTS), signal);
      await link.heal('goes on');
    },
  },
];

/** Every way to be bad on every link. */
export const spoilLinks: readonly Fault[] = linkNames.flatMap((name) =>
  bad.map(({ how, strike }) => ({
    name: `${name} ${how}`,
    parts: [name],
    async harm(victim: Victim) {
      await strike(victim.system.links[name], victim);
      return true;
    },
  })),
);
