import type { Health } from './health.ts';
import { Gauge } from './metrics.ts';
import { VERSION } from './version.ts';

/** Shows among the metrics what runs. */
export function exposeVersion(service: string): void {
  new Gauge({
    name: 'gozon_build_info',
    help: 'Always 1: which version of which service this is.',
    labelNames: ['service', 'version'] as const,
  }).set({ service, version: VERSION }, 1);
}

/** Shows the readiness of each role among the metrics, as `/health/ready` tells it; asked at each scrape. */
export function exposeReadiness(health: Pick<Health, 'report'>): void {
  const ready = new Gauge({
    name: 'health_role_ready',
    help: '1 while a role of this process is ready, otherwise 0. GET /health/ready says why it is not.',
    labelNames: ['role'] as const,
    async collect() {
      const { roles } = await health.report();
      ready.reset();
      for (const [role, state] of Object.entries(roles)) ready.set({ role }, state.ready ? 1 : 0);
    },
  });
}
