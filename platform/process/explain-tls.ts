import { X509Certificate } from 'node:crypto';

const REFUSES_CLIENT = 'the server refuses the client certificate';
const CLIENT_EXPIRED = `${REFUSES_CLIENT}: it has expired`;

/**
 * What a handshake failed for, by the codes of Node and OpenSSL: nodejs.org/api/tls.html#x509-certificate-error-codes. Of
 * an alert, which the other side sends, OpenSSL's own words are put together to a code.
 */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^CERT_HAS_EXPIRED$/, 'the certificate of the server has expired'],
  [/^CERT_NOT_YET_VALID$/, 'the certificate of the server is not valid yet'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'the certificate of the server is for another name'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_UNTRUSTED)$/,
    'the certificate of the server is signed by an authority that is not trusted here',
  ],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/,
    'the server does not speak TLS at this address',
  ],
  [/ALERT_CERTIFICATE_REQUIRED$/, 'the server asks for a client certificate'],
  [/ALERT_CERTIFICATE_EXPIRED$/, CLIENT_EXPIRED],
  [/ALERT_UNKNOWN_CA$/, `${REFUSES_CLIENT}: it does not trust its authority`],
  [/ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|ACCESS_DENIED)$/, REFUSES_CLIENT],
  [/ALERT_HANDSHAKE_FAILURE$/, 'the server refuses the handshake: it may ask for a client certificate'],
];

/**
 * What is wrong with TLS, when this error says that something is.
 * @param cert the client certificate, which many servers refuse without saying why
 */
export function explainTls(error: unknown, cert?: string | Uint8Array): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (typeof code !== 'string') return undefined;
  const fault = FAULTS.find(([pattern]) => pattern.test(code))?.[1];
  return fault === REFUSES_CLIENT && hasExpired(cert) ? CLIENT_EXPIRED : fault;
}

/** Whether a certificate, in PEM, is over. */
export function hasExpired(cert: string | Uint8Array | undefined): boolean {
  return cert !== undefined && new X509Certificate(cert).validToDate < new Date();
}
