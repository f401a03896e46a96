import { once } from 'node:events';
import { connect as connectHttp2, constants, createSecureServer } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Identity } from './certificates.ts';

/** What ends TLS in front of a server that speaks none, as a mesh or a balancer does. */
export interface TlsProxy extends AsyncDisposable {
  /** By name: clients look for it in the certificate. */
  readonly address: string;
}

/** @param clientsOf the authority, in PEM, that must have signed the certificate of each client */
export async function openTlsProxy(target: string, identity: Identity, clientsOf: string): Promise<TlsProxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  const options = { ...identity, ca: clientsOf, requestCert: true, ALPNProtocols: ['h2'] };
  const server = createServer(options, (near) => {
    const far = connect(Number(port), host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        for (const end of [near, far]) end.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  return listen(server, sockets);
}

/** A proxy that passes on only the requests with the API key of the moment, as Temporal Cloud does. */
export interface KeyProxy extends TlsProxy {
  /** From now on this key is accepted alone. */
  accept(key: string): void;
  /** How many requests had another key since then. */
  readonly refused: number;
}

export async function openKeyProxy(target: string, identity: Identity, key: string): Promise<KeyProxy> {
  let accepted = key;
  let refused = 0;
  const sockets = new Set<Socket>();
  const upstream = connectHttp2(`http://${target}`);
  upstream.on('error', () => {});
  const server = createSecureServer(identity);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (near, headers) => {
    near.on('error', () => {});
    if (headers.authorization === `Bearer ${accepted}`) return forward(near, headers);
    refused += 1;
    near.respond(UNAUTHENTICATED, { endStream: true });
  });

  function forward(near: ServerHttp2Stream, { host: _host, ...headers }: IncomingHttpHeaders): void {
    const far = upstream.request({ ...headers, ':scheme': 'http' });
    far.on('error', () => near.close(constants.NGHTTP2_INTERNAL_ERROR));
    near.on('close', () => far.close(constants.NGHTTP2_CANCEL));
    far.on('response', (answer, flags) => {
      const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      if (near.destroyed) return;
      near.respond(answer, { endStream, waitForTrailers: !endStream });
      if (endStream) return;
      let trailers = {};
      far.on('trailers', (last) => {
        trailers = last;
      });
      near.once('wantTrailers', () => near.sendTrailers(trailers));
      far.pipe(near);
    });
    near.pipe(far);
  }

  const listening = await listen(server, sockets);
  return {
    ...listening,
    accept(next) {
      accepted = next;
      refused = 0;
    },
    get refused() {
      return refused;
    },
    async [Symbol.asyncDispose]() {
      upstream.destroy();
      await listening[Symbol.asyncDispose]();
    },
  };
}

/** A reply of gRPC that is a refusal: the status is all that it has. */
const UNAUTHENTICATED = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '16',
  'grpc-message': 'Request unauthorized.',
};

async function listen(server: Server, sockets: ReadonlySet<Socket>): Promise<TlsProxy> {
  server.on('tlsClientError', () => {});
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
