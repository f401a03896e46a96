import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A setting is missing or wrong. The message names each variable and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a process's settings from the environment. The keys of the schema are the variables' names. Those that are
 * {@link byFile} may be in a file, whose path NAME_FILE is. Errors never contain a value, since it may be a secret.
 * @throws ConfigError that names every variable that is missing or malformed
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const { renewed, oldNames } = readOldNames(schema, environment);
  const { given, unread, inFiles } = readFiles(schema, renewed);
  const result = schema.safeParse(given);
  const issues = (result.error?.issues ?? []).filter(({ path: [name] }) => !unread.has(String(name)));
  const samples = given['ENVIRONMENT'] === 'dev' ? [] : sampleSecrets(schema, given);
  const toldAs = (name: string) => oldNames.get(name) ?? (inFiles.has(name) ? `${name}_FILE` : name);
  const faults = [
    ...unread.values(),
    ...issues.map(({ path, message }) => `${toldAs(path.join('.'))}: ${message}`),
    ...missingRequired(schema, given),
    ...samples.map(
      (name) => `${toldAs(name)}: holds a secret of .env.example, which only ENVIRONMENT=dev may use`,
    ),
  ];
  if (result.success && faults.length === 0) return result.data;
  throw new ConfigError(`Settings are wrong. ${faults.join('; ')}.`);
}

/**
 * Settings that had another name before. It is still read for a release: set alone it is taken, and a warning of Node, which
 * a process logs, names the new one.
 */
export const renamed = z.registry<{ readonly from: string }>();

/** The environment with its settings by their names of today, and under which old name those are set that have one. */
function readOldNames(schema: z.ZodObject, environment: NodeJS.ProcessEnv) {
  const renewed = { ...environment };
  const oldNames = new Map<string, string>();
  for (const [name, setting] of Object.entries(schema.shape)) {
    const { from } = renamed.get(setting) ?? {};
    if (from === undefined || !renewed[from] || renewed[name]) continue;
    renewed[name] = renewed[from];
    oldNames.set(name, from);
    process.emitWarning(
      `${from} is called ${name} now; the next release does not read it`,
      'DeprecationWarning',
    );
  }
  return { renewed, oldNames };
}

/**
 * The settings that NAME_FILE may give instead of NAME: each secret, and what is a file by nature, such as a certificate.
 * Kubernetes and Docker hand secrets over as files, where neither `inspect` nor a child process shows them.
 */
export const byFile = z.registry();

/** What a file of a setting holds, without the line end that editors and `echo` add. */
function readSettingFile(file: string): string {
  return readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
}

/** The environment with the settings that are in files, which those are, and by the name of each that cannot be read what is wrong. */
function readFiles(schema: z.ZodObject, environment: NodeJS.ProcessEnv) {
  const given = { ...environment };
  const unread = new Map<string, string>();
  const inFiles = new Set<string>();
  for (const [name, setting] of Object.entries(schema.shape)) {
    const file = environment[`${name}_FILE`];
    if (!file || !byFile.has(setting)) continue;
    if (environment[name]) unread.set(name, `${name}: must not be set beside ${name}_FILE`);
    else {
      try {
        given[name] = readSettingFile(file);
        inFiles.add(name);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        unread.set(name, `${name}_FILE: names a file that cannot be read (${code})`);
      }
    }
  }
  return { given, unread, inFiles };
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
