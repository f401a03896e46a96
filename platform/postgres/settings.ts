import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { byFile } from '../process/config.ts';
import { certificateFile, isPair, privateKeyFile } from '../process/pem.ts';
import { required } from '../process/settings.ts';

/** What pg knows. It takes prefer, require and verify-ca for verify-full, and warns of them. */
const MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** A URL, whose parameters say how TLS is used: sslmode, sslrootcert, sslcert and sslkey, as libpq has them. */
export const databaseUrl = z
  .string(required)
  .regex(/^postgres(ql)?:\/\//, { error: 'must be a postgres:// URL' })
  .superRefine((url, ctx) => {
    const fault = URL.canParse(url) ? findTlsFault(new URL(url).searchParams) : undefined;
    if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault });
  })
  .register(byFile);

function findTlsFault(parameters: URLSearchParams): string | undefined {
  const told = (name: string) => parameters.get(name) ?? undefined;
  const [mode, ca, cert, key] = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].map(told);
  if (mode !== undefined && !MODES.includes(mode)) return `its sslmode must be ${MODES.join(', ')}`;
  for (const [name, file] of Object.entries({ sslrootcert: ca, sslcert: cert })) {
    if (!certificateFile.optional().safeParse(file).success)
      return `its ${name} must be the path of a certificate in PEM`;
  }
  if (!privateKeyFile.optional().safeParse(key).success)
    return 'its sslkey must be the path of a private key in PEM without a passphrase';
  if ((cert === undefined) !== (key === undefined))
    return 'its sslcert and sslkey are of no use without each other';
  if (cert && key && !isPair({ cert: readFileSync(cert), key: readFileSync(key) }))
    return 'its sslkey is not the key of its sslcert';
  return undefined;
}
