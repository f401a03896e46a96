import path from 'node:path';
import { z } from 'zod';
import { homeFolder, artifactsFolder } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';

const port = (usual: number) =>
  z.coerce
    .number('must be a port number')
    .int('must be a port number')
    .min(1, 'must be 1 to 65535')
    .max(65_535, 'must be 1 to 65535')
    .default(usual);

const schema = z.object({
  GATEWAY_PORT: port(8080),
  ORDERS_PORT: port(8081),
  PAYMENTS_PORT: port(8082),
  WORKFLOWS_PORT: port(8083),
  STACK_PORT: port(8084),
  POSTGRES_PORT: port(15_432),
  KAFKA_PORT: port(9092),
  KAFKA_CONTROLLER_PORT: port(9093),
  TEMPORAL_PORT: port(7233),
  TEMPORAL_UI_PORT: port(8233),
  CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
    .optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).optional(),
});

/** Passed on to the gateway, which checks them itself. */
const GATEWAY_SETTINGS = [
  'TRACE_URL_TEMPLATE',
  'IDENTITY',
  'ALLOWED_HOSTS',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'JWT_ALGORITHMS',
  'JWT_TYPE',
  'JWKS_URL',
  'JWKS_KEEP_SECONDS',
  'JWT_PUBLIC_KEY',
  'CORS_ORIGINS',
  'RATE_LIMIT_PER_USER',
  'RATE_LIMIT_PER_ADDRESS',
  'TRUSTED_PROXIES',
];

/** Passed on to workflows, which checks them itself. */
const WORKFLOWS_SETTINGS = ['PAYLOAD_KEYS', 'TEMPORAL_DEPLOYMENT_NAME', 'TEMPORAL_WORKER_BUILD_ID'];

/** Passed on to every service; those that use them check them. */
const SERVICE_SETTINGS = [
  'DRAIN_SECONDS',
  'MAX_UNDECIDED_ORDERS',
  'CAPTURE_WITHIN_DEFAULT',
  'CAPTURE_WITHIN_MIN',
  'CAPTURE_WITHIN_MAX',
  'SWEEP_EVERY',
  'SWEEP_AFTER',
  'RETENTION_DAYS',
  'RECONCILE_EVERY',
  'RECONCILE_DAYS',
];

export type PortName = Extract<keyof z.output<typeof schema>, `${string}_PORT`>;
export type Settings = Readonly<ReturnType<typeof readSettings>>;

/** Everything listens here only, since the dev identity trusts every client that can connect. */
export const LOOPBACK = '127.0.0.1';

/** Reads and checks ports and folders. @throws UserError that names the variable */
export function readSettings(environment: NodeJS.ProcessEnv = process.env) {
  // An empty variable (`GATEWAY_PORT= npm start`) counts as not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { data, error } = schema.safeParse(given);
  if (error) {
    throw new UserError(
      error.issues
        .map((issue) => `${issue.path.join('.')} ${issue.message}, not "${given[String(issue.path[0])]}".`)
        .join('\n'),
    );
  }
  const { CURRENCY: currency, LOG_LEVEL: logLevel, ...ports } = data;
  const seen = new Map<number, string>();
  for (const [name, number] of Object.entries(ports)) {
    const other = seen.get(number);
    if (other) throw new UserError(`${other} and ${name} are both ${number}. Give each its own port.`);
    seen.set(number, name);
  }
  const { home } = homeFolder(environment);
  return {
    home,
    artifacts: artifactsFolder(environment),
    data: path.join(home, 'data'),
    logs: path.join(home, 'logs'),
    ports,
    currency,
    logLevel,
    /** Whether the dashboard may put load on the system and inject faults: not where real identities are checked. */
    controls: given['IDENTITY'] !== 'jwt',
    gateway: pick(given, GATEWAY_SETTINGS),
    services: { ...pick(given, SERVICE_SETTINGS), ...pick(given, Object.keys(given).filter(isOfTracing)) },
    workflows: pick(given, WORKFLOWS_SETTINGS),
  };
}

/** OpenTelemetry's own packages read them, and there are many. */
function isOfTracing(name: string): boolean {
  return name.startsWith('OTEL_');
}

function pick(given: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = given[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
