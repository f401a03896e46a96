import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { overrideExample } from '#tools/compose/override-example.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { SERVICE_NAMES } from '#tools/stack/components/service-environments.ts';
import type { ServiceName } from '#tools/stack/components/service-environments.ts';

type Values = Record<string, string>;

/**
 * The environment that compose gives each service, with the overrides that docs/deployment.md shows. Compose's own parser
 * reads both in `npm run check:compose`.
 * @param env what is in .env
 */
export function composeEnvironments(env: Values): Record<ServiceName, Values> {
  const own = servicesOf(readFileSync(path.join(CHECKOUT, 'docker-compose.yml'), 'utf8'));
  const overrides = servicesOf(overrideExample('docs/deployment.md'));
  return Object.fromEntries(
    SERVICE_NAMES.map((name) => {
      const told = { ...own[name]?.environment, ...overrides[name]?.environment };
      return [name, Object.fromEntries(Object.entries(told).flatMap((setting) => resolve(setting, env)))];
    }),
  ) as Record<ServiceName, Values>;
}

function servicesOf(text: string) {
  // The file is ours: its many aliases are no attack.
  const { services } = parse(text, { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, { environment?: Record<string, string | null> }>;
  };
  return services;
}

/** A name without a value is passed on only when it is set. */
function resolve([name, value]: [string, string | null], env: Values): [string, string][] {
  const resolved = value === null ? env[name] : interpolate(value, env);
  return resolved === undefined ? [] : [[name, resolved]];
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?message}`. @throws Error for a name that has no value and no default */
function interpolate(value: string, env: Values): string {
  return value.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_all, name: string, kind?: string, rest = '') => {
      const found = env[name] ?? (kind === '-' ? String(rest) : undefined);
      if (found === undefined) throw new Error(`.env lacks ${name}`);
      return found;
    },
  );
}
