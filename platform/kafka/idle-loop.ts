import { createRequire } from 'node:module';

// kafkajs 2.2.4 looks for pending requests every millisecond for as long as a connection is open, and Node 24 warns of
// its negative timeout (github.com/tulios/kafkajs/issues/1704 and 1751; no release has the fix). Nothing can be pending
// unless something is queued or the broker throttles; a request that is queued later schedules its own check.

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const load = createRequire(import.meta.url);
const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
const schedule = prototype.scheduleCheckPendingRequests;

prototype.scheduleCheckPendingRequests = function () {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};
