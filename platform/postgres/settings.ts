import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { byFile } from '../process/config.ts';
import { certificateFile, isPair, privateKeyFile } from '../process/pem.ts';
import { required } from '../process/settings.ts';

/** What pg knows. It takes prefer, require and verify-ca for verify-full, and warns of them. */
const MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'];

const SCHEME = /^postgres(ql)?:\/\//;

const NOT_ENCODED =
  'must be postgres://user:password@host:port/database, whose user and password must be percent-encoded';

/** A URL, whose parameters say how TLS is used: sslmode, sslrootcert, sslcert and sslkey, as libpq has them. */
export const databaseUrl = z
  .string(required)
  .regex(SCHEME, { error: 'must be a postgres:// URL' })
  .superRefine((url, ctx) => {
    // A fault of its form was told already.
    if (!SCHEME.test(url)) return;
    const fault = isEncoded(url) ? findTlsFault(new URL(url).searchParams) : NOT_ENCODED;
    if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault });
  })
  .register(byFile);

/** An unencoded `/`, `#` or `?` in a password ends what is taken for the host, and the rest of it is taken for what follows. */
function isEncoded(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, pathname, search, hash } = new URL(url);
  return !pathname.slice(1).includes('/') && hash === '' && (username !== '' || !search.includes('@'));
}

function findTlsFault(parameters: URLSearchParams): string | undefined {
  const told = (name: string) => parameters.get(name) ?? undefined;
  const [mode, ca, cert, key] = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].map(told);
  if (mode !== undefined && !MODES.includes(mode)) return `its sslmode must be ${MODES.join(', ')}`;
  const files = {
    sslrootcert: [certificateFile, ca],
    sslcert: [certificateFile, cert],
    sslkey: [privateKeyFile, key],
  } as const;
  for (const [name, [setting, file]] of Object.entries(files)) {
    const issue = setting.optional().safeParse(file).error?.issues[0];
    if (issue) return `its ${name} ${issue.message}`;
  }
  if ((cert === undefined) !== (key === undefined))
    return 'its sslcert and sslkey are of no use without each other';
  if (cert && key && !isPair({ cert: readFileSync(cert), key: readFileSync(key) }))
    return 'its sslkey is not the key of its sslcert';
  return undefined;
}
