// A one-shot of docker-compose.yml: the namespace, its retention and its search attributes.
import { z } from 'zod';
import { namespace } from '../temporal-config/namespace.ts';
import { setUpTemporal } from '../temporal-config/set-up-temporal.ts';
import { runOnce } from './run-once.ts';

const settings = z.object({
  TEMPORAL_ADDRESS: z.string().regex(/^\S+:\d+$/, { error: 'must be host:port' }),
  TEMPORAL_NAMESPACE: z.string().default(namespace.name),
});

await runOnce('set-up-temporal', settings, async (config) =>
  setUpTemporal({ address: config.TEMPORAL_ADDRESS, namespace: config.TEMPORAL_NAMESPACE }),
);
