import assert from 'node:assert/strict';
import type { TLSConfig } from '@temporalio/client';
import { HEALTH_ROLES } from '#contracts/values/health-roles.ts';
import { configureTemporal } from '#deploy/configure-temporal.ts';
import { createAuthority } from '#test/support/access/certificates.ts';
import type { Authority, Identity } from '#test/support/access/certificates.ts';
import { openTlsProxy } from '#test/support/access/tls-proxy.ts';
import type { TlsProxy } from '#test/support/access/tls-proxy.ts';
import { infrastructure } from '#test/support/infrastructure.ts';
import { openRelayRig } from '#test/support/workflow/relay-rig.ts';
import type { RelayRig } from '#test/support/workflow/relay-rig.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const NAMES = ['localhost', '127.0.0.1'];

/** What a client has: who it trusts, and who it is. */
interface ClientSide {
  readonly ca?: string;
  readonly identity?: Identity;
  readonly serverName?: string;
}

function toTls({ ca, identity, serverName }: ClientSide): TLSConfig {
  return {
    ...(ca && { serverRootCACertificate: Buffer.from(ca) }),
    ...(identity && {
      clientCertPair: { crt: Buffer.from(identity.cert), key: Buffer.from(identity.key) },
    }),
    ...(serverName && { serverNameOverride: serverName }),
  };
}

describe('Temporal behind mutual TLS', () => {
  const stack = new AsyncDisposableStack();
  let rig: RelayRig;
  let proxies: Record<'good' | 'expired' | 'misnamed' | 'none', Pick<TlsProxy, 'address'>>;
  let clients: Record<'good' | 'stranger' | 'expired', Identity>;
  let authority: Authority;
  let another: Authority;

  before(async () => {
    rig = stack.use(await openRelayRig());
    authority = await createAuthority('Authority of tests');
    another = await createAuthority('Another authority');
    const open = async (names: string[], expired = false) =>
      stack.use(
        await openTlsProxy(
          infrastructure().temporal,
          await authority.issue('temporal', { names, expired }),
          authority.cert,
        ),
      );
    proxies = {
      good: await open(NAMES),
      expired: await open(NAMES, true),
      misnamed: await open(['temporal.example']),
      none: { address: infrastructure().temporal },
    };
    clients = {
      good: await authority.issue('workflows'),
      expired: await authority.issue('workflows', { expired: true }),
      stranger: await another.issue('workflows'),
    };
  });

  after(async () => stack.disposeAsync());

  const trusted = () => ({ ca: authority.cert, identity: clients.good });

  const good: [title: string, proxy: keyof typeof proxies, client: () => ClientSide][] = [
    ['the certificates of its authority', 'good', trusted],
    [
      'a server of another name that it is told',
      'misnamed',
      () => ({ ...trusted(), serverName: 'temporal.example' }),
    ],
  ];
  for (const [title, proxy, client] of good) {
    it(`starts payments with ${title}`, async () => {
      const access = { address: proxies[proxy].address, tls: toTls(client()) };
      await rig.run({ access }, async () => {
        const [row] = await rig.untilDispatched(await rig.place(1));
        assert.equal(row?.startedEagerly, true);
      });
    });
  }

  const bad: [
    title: string,
    proxy: keyof typeof proxies,
    client: () => ClientSide | false,
    reason: RegExp,
  ][] = [
    [
      'no certificate of its own',
      'good',
      () => ({ ca: authority.cert }),
      /the server asks for a client certificate$/,
    ],
    [
      'an expired certificate of its own',
      'good',
      () => ({ ca: authority.cert, identity: clients.expired }),
      /it ends each connection after the handshake, and the client certificate has expired$/,
    ],
    [
      'a certificate of another authority',
      'good',
      () => ({ ca: authority.cert, identity: clients.stranger }),
      /it ends each connection after the handshake, and may refuse the client certificate$/,
    ],
    [
      'another authority to trust',
      'good',
      () => ({ ca: another.cert, identity: clients.good }),
      /signed by an authority that is not trusted here$/,
    ],
    [
      'the authorities of the system to trust',
      'good',
      () => ({ identity: clients.good }),
      /signed by an authority that is not trusted here$/,
    ],
    [
      'a server whose certificate has expired',
      'expired',
      trusted,
      /the certificate of the server has expired$/,
    ],
    ['a server of another name', 'misnamed', trusted, /the certificate of the server is for another name$/],
    ['TLS where there is none', 'none', trusted, /the server does not speak TLS at this address$/],
    ['no TLS at all', 'good', () => false, /Temporal cannot be reached: it expects TLS$/],
  ];
  for (const [title, proxy, client, reason] of bad) {
    it(`waits, and says what is wrong, with ${title}`, async () => {
      const side = client();
      const access = { address: proxies[proxy].address, tls: side && toTls(side) };
      await rig.run({ access }, async ({ health }) => {
        await eventually('the worker to say why', async () => {
          const { [HEALTH_ROLES.worker]: worker } = (await health.report()).roles;
          assert.match(worker && 'reason' in worker ? worker.reason : '', reason);
          return true;
        });
      });
    });
  }

  it('is set up by the same settings, or the set-up says what is wrong', async () => {
    const { address } = proxies.good;
    const { namespace } = rig.server;
    await configureTemporal({ address, tls: toTls(trusted()), namespace });
    await assert.rejects(configureTemporal({ address, tls: toTls({ ca: another.cert }), namespace }), {
      message: /^Temporal at \S+:\d+: .* signed by an authority that is not trusted here$/,
    });
  });
});
