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

/** The passwords of the database roles, and what the services show each other. */
export type Secrets = z.output<typeof schema>;

/** Reads `secrets.json`, made up on first use and readable by its owner only. */
export function readSecrets({ home, data }: Pick<Settings, 'home' | 'data'>): Secrets {
  const file = path.join(home, 'secrets.json');
  if (!existsSync(file)) {
    if (existsSync(path.join(data, 'postgres'))) {
      throw new UserError(
        `${file} is gone and the databases in ${data} need its passwords: put it back, or run npm run reset.`,
      );
    }
    const made = Object.fromEntries(
      Object.keys(schema.shape).map((name) => [name, randomBytes(24).toString('base64url')]),
    );
    mkdirSync(home, { recursive: true });
    writeFileSync(file, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 });
  }
  const { data: secrets } = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (!secrets)
    throw new UserError(`${file} does not hold what it should: put it back, or run npm run reset.`);
  return secrets;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
