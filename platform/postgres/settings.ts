import { z } from 'zod';
import { byFile } from '../process/config.ts';
import { required } from '../process/settings.ts';

export const databaseUrl = z
  .string(required)
  .regex(/^postgres(ql)?:\/\//, { error: 'must be a postgres:// URL' })
  .register(byFile);
