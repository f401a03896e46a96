// A one-shot of docker-compose.yml: the namespace, its retention and its search attributes.
import { z } from 'zod';
import { temporalAccess, temporalSettings } from '#temporal-config/access.ts';
import { configureTemporal } from './configure-temporal.ts';
import { runOnce } from './run-once.ts';

await runOnce('set-up-temporal', z.object(temporalSettings), async (config) => {
  const { access, namespace } = temporalAccess(config);
  await configureTemporal({ ...access, namespace });
});
