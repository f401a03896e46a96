import { namespace } from '#temporal-config/namespace.ts';
import type { Secrets } from '../settings/secrets.ts';
import { LOOPBACK } from '../settings/settings.ts';
import type { Settings } from '../settings/settings.ts';

export const SERVICE_NAMES = ['payments', 'orders', 'workflows', 'gateway'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The environment of each service. Tests put a proxy between two components by overriding one address. */
export function serviceEnvironments(
  settings: Settings,
  secrets: Secrets,
): Record<ServiceName, Record<string, string>> {
  const { ports, currency, logLevel } = settings;
  const shared = {
    HOST: LOOPBACK,
    SERVICE_SECRET: secrets.service,
    ...(currency && { CURRENCY: currency }),
    ...(logLevel && { LOG_LEVEL: logLevel }),
    ...settings.services,
  };
  const database = (role: 'orders' | 'payments' | 'workflows', name: 'orders' | 'payments') =>
    `postgres://${role}:${secrets[role]}@${LOOPBACK}:${ports.POSTGRES_PORT}/${name}`;
  const url = (port: number) => `http://${LOOPBACK}:${port}`;
  const kafka = `${LOOPBACK}:${ports.KAFKA_PORT}`;
  return {
    payments: {
      ...shared,
      PORT: String(ports.PAYMENTS_PORT),
      SIGNING_KEYS: secrets.signing,
      DATABASE_URL: database('payments', 'payments'),
    },
    orders: {
      ...shared,
      PORT: String(ports.ORDERS_PORT),
      SIGNING_KEYS: secrets.signing,
      DATABASE_URL: database('orders', 'orders'),
      KAFKA_BROKERS: kafka,
      PAYMENTS_URL: url(ports.PAYMENTS_PORT),
      WORKFLOWS_URL: url(ports.WORKFLOWS_PORT),
    },
    workflows: {
      ...shared,
      PORT: String(ports.WORKFLOWS_PORT),
      ORDERS_DATABASE_URL: database('workflows', 'orders'),
      PAYMENTS_DATABASE_URL: database('workflows', 'payments'),
      KAFKA_BROKERS: kafka,
      ORDERS_URL: url(ports.ORDERS_PORT),
      PAYMENTS_URL: url(ports.PAYMENTS_PORT),
      TEMPORAL_ADDRESS: `${LOOPBACK}:${ports.TEMPORAL_PORT}`,
      TEMPORAL_NAMESPACE: namespace.name,
      ...settings.workflows,
    },
    gateway: {
      ...shared,
      PORT: String(ports.GATEWAY_PORT),
      ORDERS_URL: url(ports.ORDERS_PORT),
      PAYMENTS_URL: url(ports.PAYMENTS_PORT),
      WORKFLOWS_URL: url(ports.WORKFLOWS_PORT),
      TEMPORAL_UI_URL: url(ports.TEMPORAL_UI_PORT),
      TEMPORAL_NAMESPACE: namespace.name,
      // Everything listens on this machine only and the secrets are its own, so `dev` only allows the dev identity.
      ENVIRONMENT: 'dev',
      IDENTITY: 'dev',
      ...settings.gateway,
      ...(settings.workflows['PAYLOAD_KEYS'] !== undefined && decoding(settings)),
    },
  };
}

/** Lets the Web UI have payloads decrypted: the dev identity believes everyone, and pages of other origins are refused. */
function decoding({ ports, gateway }: Settings): Record<string, string> {
  const origins = [
    `http://${LOOPBACK}:${ports.TEMPORAL_UI_PORT}`,
    `http://localhost:${ports.TEMPORAL_UI_PORT}`,
  ];
  return {
    PAYLOAD_DECODING: 'true',
    CORS_ORIGINS: [...origins, ...(gateway['CORS_ORIGINS']?.split(',') ?? [])].join(','),
  };
}
