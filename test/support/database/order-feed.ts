import { createWakeUp } from '@gozon/timing';
import { newId } from '#contracts/values/ids.ts';
import { openOrderFeed } from '#orders/stream/open-order-feed.ts';
import type { OrderFeed } from '#orders/stream/open-order-feed.ts';
import { createLogger } from '#platform/process/logger.ts';
import type { Shop } from './orders-database.ts';

/** The feed of a shop, which polls and reports to nobody. */
export function openFeed({ db }: Pick<Shop, 'db'>): ReturnType<typeof openOrderFeed> {
  const log = createLogger('test', 'silent');
  return openOrderFeed({ db, wakeUp: createWakeUp(), log, ready: Promise.resolve(), onState: () => {} });
}

/** The last event that a feed has read; 0 while it has read none. */
export function positionOf(feed: OrderFeed): bigint {
  try {
    const { after, stop } = feed.listen(newId(), () => {});
    stop();
    return after;
  } catch {
    return 0n;
  }
}
