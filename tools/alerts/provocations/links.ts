import type { LINK_NAMES } from '#tools/testbed/system.ts';
import type { Provoke } from './provocation.ts';

/** One part does not reach another: connections are reset, and new ones refused. */
export function cutLink(name: (typeof LINK_NAMES)[number]): Provoke {
  return async ({ system }, healing) => {
    const link = system.links[name];
    healing.defer(async () => link.heal());
    await link.cut();
  };
}
