import type { z } from 'zod';
import { gatewaySettings } from '#gateway/settings.ts';
import { ordersSettings } from '#orders/settings.ts';
import { paymentsSettings } from '#payments/settings.ts';
import { workflowsSettings } from '#workflows/settings.ts';

interface ServiceSettings {
  readonly service: string;
  readonly schema: z.ZodObject;
  /** The names of its settings. */
  readonly names: readonly string[];
}

const schemas: Record<string, z.ZodObject> = {
  gateway: gatewaySettings,
  orders: ordersSettings,
  payments: paymentsSettings,
  workflows: workflowsSettings,
};

/** What each service reads. */
export const SERVICES: readonly ServiceSettings[] = Object.entries(schemas).map(([service, schema]) => ({
  service,
  schema,
  names: Object.keys(schema.shape),
}));
