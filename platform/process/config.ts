import { z } from 'zod';

/** A setting is missing or wrong. The message names each variable and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a process's settings from the environment. The keys of the schema are the variables' names. Errors never contain
 * a value, since it may be a secret.
 * @throws ConfigError that names every variable that is missing or malformed
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const result = schema.safeParse(environment);
  const samples = environment['ENVIRONMENT'] === 'dev' ? [] : sampleSecrets(schema, environment);
  const faults = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...missingRequired(schema, environment),
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

/** The settings that one needs beside it. Alone, like half of a certificate, it would be ignored silently. */
export const requiredWith = z.registry<readonly string[]>();

function missingRequired(schema: z.ZodObject, environment: NodeJS.ProcessEnv): string[] {
  const missing = new Map<string, string>();
  for (const [name, setting] of Object.entries(schema.shape)) {
    if (!environment[name]) continue;
    for (const other of requiredWith.get(setting) ?? []) if (!environment[other]) missing.set(other, name);
  }
  return [...missing].map(([other, name]) => `${other}: is required with ${name}`);
}
