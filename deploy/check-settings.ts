// The first one-shot of docker-compose.yml. Everything else waits for it, since PostgreSQL keeps the password of its
// first start.
import { z } from 'zod';
import { signingKeysSetting } from '#platform/process/signing-keys.ts';
import { rolePasswords, secret } from './passwords.ts';
import { runOnce } from './run-once.ts';

const settings = z
  .object({
    ENVIRONMENT: z.enum(['dev', 'production'], { error: 'must be dev or production' }),
    IDENTITY: z.enum(['dev', 'jwt'], { error: 'must be dev or jwt' }),
    SERVICE_SECRET: secret,
    SIGNING_KEYS: signingKeysSetting,
    POSTGRES_PASSWORD: secret,
    ...rolePasswords,
  })
  .refine(({ ENVIRONMENT, IDENTITY }) => ENVIRONMENT === 'dev' || IDENTITY !== 'dev', {
    path: ['IDENTITY'],
    error: 'dev accepts any identity that a client claims, which only ENVIRONMENT=dev allows',
  });

await runOnce('check-settings', settings, async () => {});
