import { z } from 'zod';
import { byFile } from '#platform/process/config.ts';

const TOO_SHORT = { error: 'must have at least 16 characters' };

export const secret = z.string({ error: 'is required' }).min(16, TOO_SHORT).register(byFile);

/** The passwords of the roles that set-up-databases makes. */
export const rolePasswords = {
  ORDERS_DB_PASSWORD: secret,
  PAYMENTS_DB_PASSWORD: secret,
  WORKFLOWS_DB_PASSWORD: secret,
  TEMPORAL_DB_PASSWORD: secret,
};
