import { generate } from 'selfsigned';

/** A certificate with its private key, in PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  /** Host names and IPv4 addresses of a server; a client has none. */
  readonly names?: readonly string[];
  readonly expired?: boolean;
}

/** What signs certificates. */
export interface Authority {
  /** In PEM. */
  readonly cert: string;
  issue(commonName: string, options?: IssueOptions): Promise<Identity>;
}

const DAY = 86_400_000;

/** An authority of a test's own. Nothing trusts it that is not told to. */
export async function createAuthority(commonName: string): Promise<Authority> {
  const ca = await make(commonName, {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert: ca.cert,
    issue: async (name, { names = [], expired = false } = {}) =>
      make(name, {
        ca,
        expired,
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          ...(names.length > 0 ? [{ name: 'subjectAltName', altNames: names.map(toAltName) } as const] : []),
        ],
      }),
  };
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function make(
  commonName: string,
  { ca, expired = false, extensions }: { ca?: Identity; expired?: boolean; extensions: Extensions },
): Promise<Identity> {
  const now = Date.now();
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 2 * DAY),
    notAfterDate: new Date(expired ? now - DAY : now + DAY),
    extensions,
    ...(ca && { ca }),
  });
  return { cert, key };
}

/** By the numbers of RFC 5280: a DNS name or an IP address. */
function toAltName(name: string) {
  return /^[\d.]+$/.test(name) ? ({ type: 7, ip: name } as const) : ({ type: 2, value: name } as const);
}
