import { newId } from '#contracts/values/ids.ts';
import type { OrderFeed } from '#orders/stream/open-order-feed.ts';

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
