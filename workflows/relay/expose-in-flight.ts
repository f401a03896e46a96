import type { InFlight } from '@gozon/temporal-outbox';
import { Gauge } from '#platform/process/metrics.ts';

/** Shows the in-flight limit of this relay among the metrics, and how much of it is taken. */
export function exposeInFlight({ state }: Pick<InFlight, 'state'>): void {
  const taken = new Gauge({
    name: 'relay_in_flight',
    help: 'Workflows that this relay has started and that are not completed.',
    collect() {
      taken.set(state().taken);
    },
  });
  const limit = new Gauge({
    name: 'relay_in_flight_limit',
    help: 'How many may be at present. It falls while they are slow.',
    collect() {
      limit.set(state().limit);
    },
  });
}
