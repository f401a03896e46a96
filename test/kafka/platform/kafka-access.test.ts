import assert from 'node:assert/strict';
import { z } from 'zod';
import { newId } from '#contracts/values/ids.ts';
import { consume } from '#platform/kafka/consumer.ts';
import { openProducer } from '#platform/kafka/producer.ts';
import { kafkaAccess, kafkaSettings } from '#platform/kafka/settings.ts';
import { watchProducer } from '#platform/kafka/watch-producer.ts';
import { readConfig } from '#platform/process/config.ts';
import type { RoleState } from '#platform/process/health.ts';
import { createLogger } from '#platform/process/logger.ts';
import { createAuthority } from '#test/support/access/certificates.ts';
import type { Authority, Identity } from '#test/support/access/certificates.ts';
import { startSecureKafka } from '#test/support/access/secure-kafka.ts';
import type { SecureKafka } from '#test/support/access/secure-kafka.ts';
import { openHome } from '#test/support/open-home.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const USER = { KAFKA_USERNAME: 'orders', KAFKA_PASSWORD: 'the-password-of-orders' };

describe('Kafka behind TLS', function () {
  this.timeout(60_000);
  const stack = new AsyncDisposableStack();
  let kafka: SecureKafka;
  let authority: Authority;
  let another: Authority;
  let clients: Record<'good' | 'expired' | 'stranger', Identity>;

  before(async () => {
    authority = await createAuthority('Authority of tests');
    another = await createAuthority('Another authority');
    clients = {
      good: await authority.issue('orders'),
      expired: await authority.issue('orders', { expired: true }),
      stranger: await another.issue('orders'),
    };
    const settings = await openHome(stack);
    kafka = await startSecureKafka(settings, authority, { orders: USER.KAFKA_PASSWORD });
    stack.defer(async () => kafka.component.kill());
  });

  after(async () => stack.disposeAsync());

  type Told = Record<string, string>;
  const login = (mechanism: string): Told => ({ KAFKA_SASL_MECHANISM: mechanism, ...USER });
  const trusted = (): Told => ({ KAFKA_TLS_CA: authority.cert });
  const certificate = ({ cert, key }: Identity): Told => ({ KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: key });
  const options = (KAFKA_BROKERS: string, told: Told) => ({
    ...kafkaAccess(readConfig(z.object(kafkaSettings), { KAFKA_BROKERS, ...told })),
    clientId: 'test',
    log: createLogger('test', 'silent'),
  });

  const good: [title: string, door: keyof SecureKafka['addresses'], told: () => Told][] = [
    ['the mechanism plain', 'LOGIN', () => ({ ...trusted(), ...login('plain') })],
    ['the mechanism scram-sha-256', 'LOGIN', () => ({ ...trusted(), ...login('scram-sha-256') })],
    ['the mechanism scram-sha-512', 'LOGIN', () => ({ ...trusted(), ...login('scram-sha-512') })],
    ['a client certificate', 'MUTUAL', () => ({ ...trusted(), ...certificate(clients.good) })],
  ];
  for (const [title, door, told] of good) {
    it(`is written and read with ${title}`, async () => {
      const access = options(kafka.addresses[door], told());
      const topic = { name: `test-${newId()}`, partitions: 1 };
      const seen: string[] = [];
      await using _consumer = consume({
        ...access,
        groupId: topic.name,
        topics: [topic],
        async onBatch(messages) {
          seen.push(...messages.map(({ value }) => String(value)));
        },
        onState: () => {},
        probe: async () => {},
      });
      await using producer = openProducer(access);
      const send = async () => producer.send(topic.name, [{ key: 'a', value: 'x' }]);
      await eventually('the topic', async () => send().then(() => true));
      await eventually('the message', () => seen.length > 0);
    });
  }

  const untrusted =
    /Kafka cannot be reached: the certificate of the server is signed by an authority that is not trusted here$/;
  const bad: [
    title: string,
    door: keyof SecureKafka['addresses'] | 'plain',
    told: () => Told,
    reason: RegExp,
  ][] = [
    [
      'another authority to trust',
      'LOGIN',
      () => ({ KAFKA_TLS_CA: another.cert, ...login('scram-sha-512') }),
      untrusted,
    ],
    [
      'the usual authorities to trust',
      'LOGIN',
      () => ({ KAFKA_TLS: 'true', ...login('scram-sha-512') }),
      untrusted,
    ],
    [
      'a broker whose certificate has expired',
      'EXPIRED',
      () => ({ ...trusted(), ...login('scram-sha-512') }),
      /Kafka cannot be reached: the certificate of the server has expired$/,
    ],
    [
      'a broker of another name',
      'MISNAMED',
      () => ({ ...trusted(), ...login('scram-sha-512') }),
      /Kafka cannot be reached: the certificate of the server is for another name$/,
    ],
    [
      'a wrong password, with plain',
      'LOGIN',
      () => ({ ...trusted(), ...login('plain'), KAFKA_PASSWORD: 'another-password' }),
      /SASL PLAIN authentication failed: Authentication failed: Invalid username or password$/,
    ],
    [
      'a wrong password, with scram',
      'LOGIN',
      () => ({ ...trusted(), ...login('scram-sha-256'), KAFKA_PASSWORD: 'another-password' }),
      /SASL SCRAM SHA256 authentication failed: .* invalid credentials with SASL mechanism SCRAM-SHA-256$/,
    ],
    [
      'an unknown user',
      'LOGIN',
      () => ({ ...trusted(), ...login('scram-sha-512'), KAFKA_USERNAME: 'nobody' }),
      /SASL SCRAM SHA512 authentication failed: .* invalid credentials with SASL mechanism SCRAM-SHA-512$/,
    ],
    [
      'a mechanism that the broker does not offer',
      'PLAINONLY',
      () => ({ ...trusted(), ...login('scram-sha-512') }),
      /^Kafka does not offer the mechanism of KAFKA_SASL_MECHANISM at this address: /,
    ],
    [
      'no TLS',
      'LOGIN',
      () => login('plain'),
      /Kafka cannot be reached: it ended the connection, as it does if it is stopping or expects TLS$/,
    ],
    [
      'no login',
      'LOGIN',
      trusted,
      /Kafka cannot be reached: it ended the connection, as it does if it is stopping or expects a login$/,
    ],
    [
      'TLS where there is none',
      'plain',
      () => ({ KAFKA_TLS: 'true' }),
      /socket disconnected before secure TLS connection was established$/,
    ],
    [
      'a login where there is none',
      'plain',
      () => login('plain'),
      /^Kafka takes no login at this address, and KAFKA_SASL_MECHANISM is set: /,
    ],
    [
      'no client certificate',
      'MUTUAL',
      trusted,
      /Kafka cannot be reached: the server asks for a client certificate$/,
    ],
    [
      'a client certificate that has expired',
      'MUTUAL',
      () => ({ ...trusted(), ...certificate(clients.expired) }),
      /Kafka cannot be reached: the server refuses the client certificate: it has expired$/,
    ],
    [
      'a client certificate of another authority',
      'MUTUAL',
      () => ({ ...trusted(), ...certificate(clients.stranger) }),
      /Kafka cannot be reached: the server refuses the client certificate$/,
    ],
  ];
  for (const [title, door, told, reason] of bad) {
    it(`makes consumer and producer wait and say why, with ${title}`, async () => {
      const access = options(door === 'plain' ? kafka.plain : kafka.addresses[door], told());
      const topic = { name: `test-${newId()}`, partitions: 1 };
      const states: Partial<Record<'consumer' | 'producer', RoleState>> = {};
      await using _consumer = consume({
        ...access,
        groupId: topic.name,
        topics: [topic],
        onBatch: async () => {},
        onState: (state) => (states.consumer = state),
        probe: async () => {},
      });
      await using _producer = watchProducer(openProducer(access), {
        ...access,
        topic: topic.name,
        onState: (state) => (states.producer = state),
      });
      for (const role of ['consumer', 'producer'] as const) {
        await eventually(`the ${role} to say why`, () => {
          const state = states[role];
          assert.match(state && !state.ready ? state.reason : '', reason);
          return true;
        });
      }
      assert.doesNotMatch(JSON.stringify(states), /password-of|another-password|PRIVATE KEY/);
    });
  }
});
