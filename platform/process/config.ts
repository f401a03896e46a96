import { z } from 'zod';

/** A setting is missing or wrong. The message names each variable and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a process's settings from the environment, once. Keys of the schema are the variables' names; a value is never
 * repeated in the error, since it may be a secret.
 * @throws ConfigError naming every variable that is missing or malformed
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const result = schema.safeParse(environment);
  const samples = environment['ENVIRONMENT'] === 'dev' ? [] : sampleSecrets(schema, environment);
  const faults = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...missingCompanions(schema, environment),
    ...samples.map((name) => `${name}: holds a secret of .env.example, which only ENVIRONMENT=dev may use`),
  ];
  if (result.success && faults.length === 0) return result.data;
  throw new ConfigError(`Settings are wrong. ${faults.join('; ')}.`);
}

/** Part of every secret in .env.example. */
const SAMPLE = 'only-for-dev';

function sampleSecrets(schema: z.ZodObject, environment: NodeJS.ProcessEnv): string[] {
  return Object.keys(schema.shape).filter((name) => environment[name]?.includes(SAMPLE));
}

/** The settings without which one is of no use, as half of a certificate is: it would be passed over without a word. */
export const requiredWith = z.registry<readonly string[]>();

function missingCompanions(schema: z.ZodObject, environment: NodeJS.ProcessEnv): string[] {
  const missing = new Map<string, string>();
  for (const [name, setting] of Object.entries(schema.shape)) {
    if (!environment[name]) continue;
    for (const other of requiredWith.get(setting) ?? []) if (!environment[other]) missing.set(other, name);
  }
  return [...missing].map(([other, name]) => `${other}: is required with ${name}`);
}

const required = { error: 'is required' };

const wrongPort = { error: 'must be a port, 0 to 65535' };

/** Not coerced: an empty one would be 0, which is any port. */
const port = z
  .string(wrongPort)
  .regex(/^\d+$/, wrongPort)
  .transform(Number)
  .refine((number) => number <= 65_535, wrongPort);

const wrongDrain = { error: 'must be seconds, 0 to 60' };

/** What every process is told. */
export const processSettings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port,
  SERVICE_SECRET: z.string(required).min(16, { error: 'must have at least 16 characters' }),
  /** How long a process that is told to stop still takes requests, so that whoever balances them can turn elsewhere. */
  DRAIN_SECONDS: z.coerce.number(wrongDrain).min(0, wrongDrain).max(60, wrongDrain).default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
});

export const databaseUrl = z
  .string(required)
  .regex(/^postgres(ql)?:\/\//, { error: 'must be a postgres:// URL' });

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// URL' });

export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true');

const wrongSeconds = { error: 'must be seconds, above 0 and at most 86400' };

/** A time in seconds, up to a day; fractions too. */
export const seconds = z.coerce.number(wrongSeconds).positive(wrongSeconds).max(86_400, wrongSeconds);

const wrongDays = { error: 'must be days, above 0 and at most 3650' };

/** A time in days, up to ten years; fractions too. */
export const days = z.coerce.number(wrongDays).positive(wrongDays).max(3_650, wrongDays);

/** host:port, comma-separated. */
export const brokerList = z
  .string(required)
  .regex(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, { error: 'must be host:port, comma-separated' })
  .transform((list) => list.split(','));

/** Where Kafka is and how to get in. NODE_EXTRA_CA_CERTS names the certificates to trust beside the usual. */
export const kafkaSettings = {
  KAFKA_BROKERS: brokerList,
  KAFKA_TLS: flag,
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], {
      error: 'must be plain, scram-sha-256 or scram-sha-512',
    })
    .optional()
    .register(requiredWith, ['KAFKA_USERNAME', 'KAFKA_PASSWORD']),
  KAFKA_USERNAME: z.string().default('').register(requiredWith, ['KAFKA_SASL_MECHANISM', 'KAFKA_PASSWORD']),
  KAFKA_PASSWORD: z.string().default('').register(requiredWith, ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME']),
};
