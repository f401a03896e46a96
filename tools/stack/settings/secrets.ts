import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../bootstrap/user-error.js';
import type { Settings } from './settings.ts';

const schema = z.object({
  postgres: z.string(),
  orders: z.string(),
  payments: z.string(),
  workflows: z.string(),
  service: z.string(),
  signing: z.string(),
});

/**
 * The passwords of the database roles, the secret by which the services recognise each other, and the key by which orders
 * and payments sign what they ask and report.
 */
export type Secrets = z.output<typeof schema>;

/** Reads `secrets.json`. It is generated on first use, and readable by its owner only. */
export function readSecrets({ home, data }: Pick<Settings, 'home' | 'data'>): Secrets {
  const file = path.join(home, 'secrets.json');
  if (!existsSync(file)) {
    if (existsSync(path.join(data, 'postgres'))) {
      throw new UserError(
        `${file} is missing, and the databases in ${data} need its passwords. Restore it, or run npm run reset.`,
      );
    }
    mkdirSync(home, { recursive: true });
    write(file, Object.fromEntries(Object.keys(schema.shape).map((name) => [name, makeSecret()])));
  }
  const stored = parse(readFileSync(file, 'utf8'));
  // A file from before orders and payments signed.
  if (isObject(stored) && !('signing' in stored))
    write(file, Object.assign(stored, { signing: makeSecret() }));
  const { data: secrets } = schema.safeParse(stored);
  if (!secrets) throw new UserError(`${file} is damaged. Restore it, or run npm run reset.`);
  return secrets;
}

function makeSecret(): string {
  return randomBytes(24).toString('base64url');
}

function write(file: string, secrets: object): void {
  writeFileSync(file, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
