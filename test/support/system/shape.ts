import { startTemporalServer } from '#test/production-shape/temporal-server.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';
import { startTemporal } from '#tools/stack/components/temporal.ts';

/** The environment variable by which `npm run test:production-shape` asks for that shape. */
export const SHAPE = 'GOZON_TEST_SHAPE';

/** What every system of a test is made of, unless the test asks for something else. */
export const shape: {
  readonly startTemporal: typeof startTemporal;
  readonly copies: Partial<Record<ServiceName, number>>;
} =
  process.env[SHAPE] === 'production'
    ? { startTemporal: startTemporalServer, copies: { orders: 2, workflows: 3 } }
    : { startTemporal, copies: {} };
