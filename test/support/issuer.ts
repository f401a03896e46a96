import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK } from 'jose';
import type { JWK } from 'jose';
import { eventually } from '#tools/testbed/eventually.ts';

export const ISSUER = 'https://issuer.example/';
export const AUDIENCE = 'gozon';
export const pairs = {
  EdDSA: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
};

export interface Claims {
  readonly sub?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string;
  readonly roles?: readonly string[];
}

export function tokenOf({
  sub = randomUUID(),
  issuer = ISSUER,
  audience = AUDIENCE,
  expires = '1h',
  roles,
}: Claims) {
  return new SignJWT({ ...(sub && { sub }), ...(roles && { roles }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(expires);
}

/** An issuer's JWKS on loopback, with the key `one` of {@link pairs}. It can be made to fail. @param port any by default */
export async function publishKeys(port = 0) {
  const keys: JWK[] = [];
  const publish = async (kid: string, key: KeyObject, alg: string) => {
    keys.push({ ...(await exportJWK(key)), kid, alg, use: 'sig' });
  };
  await publish('one', pairs.EdDSA.publicKey, 'EdDSA');
  let how: 'keys' | 'no keys' | 'hang up' | 'silent' | 'nonsense' | 500 = 'keys';
  const server = createServer((_request, response) => {
    if (how === 'hang up') response.destroy();
    else if (how === 'silent') return;
    else if (how === 500) response.writeHead(500).end();
    else if (how === 'nonsense') response.writeHead(200).end('<html>');
    else response.writeHead(200).end(JSON.stringify({ keys: how === 'keys' ? keys : [] }));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    publish,
    answer(next: typeof how) {
      how = next;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await eventually('it to close', () => !server.listening);
    },
  };
}
