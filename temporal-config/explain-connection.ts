import { once } from 'node:events';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSConfig } from '@temporalio/client';
import { OutageError } from '#platform/process/classify-error.ts';
import { explainTls, hasExpired } from '#platform/process/explain-tls.ts';
import type { TemporalAccess } from './access.ts';

/** In ms. */
const DEADLINE = 2_000;

/** What a client of HTTP/2, and so of gRPC, says first: RFC 9113, section 3.4. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/** The first byte of an alert, by which a server of TLS answers to anything else, if it does not just close: RFC 8446, section 5.1. */
const ALERT = 21;

/**
 * An error that says what is wrong with TLS, when that is why Temporal cannot be reached; the error itself if not. The SDK is
 * written in Rust and gives a text for programmers. A handshake of Node's gives a code.
 */
export async function explainConnection(error: unknown, access: Connecting): Promise<unknown> {
  const fault = await findTlsFault(access);
  return fault === undefined ? error : new OutageError(`Temporal cannot be reached: ${fault}`);
}

type Connecting = Pick<TemporalAccess, 'address' | 'tls'>;

/** What is wrong with TLS on the way to Temporal; undefined when nothing is, or when it cannot be told. */
export async function findTlsFault({ address, tls }: Connecting): Promise<string | undefined> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  const credentials = typeof tls === 'boolean' ? {} : tls;
  const socket = tls === false ? connectTcp({ host, port }) : openTls({ host, port }, credentials);
  const signal = AbortSignal.timeout(DEADLINE);
  let isOpen = false;
  try {
    // A write before that would hide the code of a failed handshake behind EPROTO.
    await once(socket, tls === false ? 'connect' : 'secureConnect', { signal });
    isOpen = true;
    socket.write(PREFACE);
    const ended = once(socket, 'close', { signal }).then(() => Buffer.of(ALERT));
    const answered = once(socket, 'data', { signal }).then(([answer]) => answer as Buffer);
    const [first] = await Promise.race([answered, ended]);
    return first === ALERT ? explainEnd(tls) : undefined;
  } catch (error) {
    const isReset = (error as NodeJS.ErrnoException).code === 'ECONNRESET';
    if (isOpen && isReset) return explainEnd(tls);
    return explainTls(error, credentials.clientCertPair?.crt);
  } finally {
    socket.destroy();
  }
}

/** Some servers do not say why they end a connection that they do not like. */
function explainEnd(tls: Connecting['tls']): string {
  if (tls === false) return 'it expects TLS';
  return hasExpired(typeof tls === 'boolean' ? undefined : tls.clientCertPair?.crt)
    ? 'it ends each connection after the handshake, and the client certificate has expired'
    : 'it ends each connection after the handshake, and may refuse the client certificate';
}

function openTls(to: { host: string; port: number }, tls: TLSConfig): Socket {
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls;
  const servername = serverNameOverride ?? to.host;
  return connectTls({
    ...to,
    ALPNProtocols: ['h2'],
    ...(isIP(servername) === 0 && { servername }),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  });
}
