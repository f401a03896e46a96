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
});

/** The passwords of the database roles, and the secret by which the services recognise each other. */
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
    const made = Object.fromEntries(
      Object.keys(schema.shape).map((name) => [name, randomBytes(24).toString('base64url')]),
    );
    mkdirSync(home, { recursive: true });
    writeFileSync(file, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 });
  }
  const { data: secrets } = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!secrets) throw new UserError(`${file} is damaged. Restore it, or run npm run reset.`);
  return secrets;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
