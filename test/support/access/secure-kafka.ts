import { newClusterId, startKafka } from '#tools/stack/components/kafka.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import type { Settings } from '#tools/stack/settings/settings.ts';
import { startComponent } from '#tools/testbed/component.ts';
import type { Component } from '#tools/testbed/component.ts';
import type { Authority, IssueOptions } from './certificates.ts';

/** The doors of the broker. */
const LISTENERS = {
  /** TLS, and a login by any mechanism. */
  LOGIN: {},
  /** As LOGIN, with PLAIN alone. */
  PLAINONLY: { mechanisms: ['PLAIN'] },
  EXPIRED: { certificate: { expired: true } },
  MISNAMED: { certificate: { names: ['kafka.example'] } },
  /** TLS, and a client certificate instead of a login. */
  MUTUAL: { mutual: true },
} as const satisfies Record<string, Listener>;

interface Listener {
  readonly mechanisms?: readonly string[];
  readonly certificate?: IssueOptions;
  readonly mutual?: boolean;
}

type Door = keyof typeof LISTENERS;

export interface SecureKafka {
  readonly component: Component;
  /** `localhost:port` of each door. */
  readonly addresses: Readonly<Record<Door, string>>;
  /** host:port without TLS and login. */
  readonly plain: string;
}

/** A real broker with these users, which clients reach by TLS. */
export async function startSecureKafka(
  settings: Settings,
  authority: Authority,
  users: Readonly<Record<string, string>>,
): Promise<SecureKafka> {
  const { KAFKA_PORT: port, KAFKA_CONTROLLER_PORT: controllerPort } = settings.ports;
  const doors = Object.keys(LISTENERS) as Door[];
  const free = await findFreePorts(doors.length);
  const ports = Object.fromEntries(doors.map((door, index) => [door, free[index] ?? 0])) as Record<
    Door,
    number
  >;
  const own = await Promise.all(doors.map(async (door) => propertiesOf(door, authority, users)));
  const at = (host: string) => doors.map((door) => `${door}://${host}:${ports[door]}`).join(',');
  const protocol = (door: Door) => `${door}:${'mutual' in LISTENERS[door] ? 'SSL' : 'SASL_SSL'}`;
  const properties = {
    'controller.quorum.voters': `1@${LOOPBACK}:${controllerPort}`,
    listeners: `BROKER://${LOOPBACK}:${port},CONTROLLER://${LOOPBACK}:${controllerPort},${at(LOOPBACK)}`,
    'advertised.listeners': `BROKER://${LOOPBACK}:${port},${at('localhost')}`,
    'listener.security.protocol.map': [
      'BROKER:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...doors.map(protocol),
    ].join(','),
    ...Object.assign({}, ...own),
  };
  const broker = {
    name: 'kafka',
    port,
    controllerPort,
    clusterId: newClusterId(),
    properties,
    scramUsers: users,
  };
  return {
    component: await startComponent(async () => startKafka(settings, { broker })),
    addresses: Object.fromEntries(doors.map((door) => [door, `localhost:${ports[door]}`])) as Record<
      Door,
      string
    >,
    plain: `${LOOPBACK}:${port}`,
  };
}

async function propertiesOf(
  door: Door,
  authority: Authority,
  users: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const listener: Listener = LISTENERS[door];
  const { mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], mutual = false } = listener;
  const names = ['localhost', LOOPBACK];
  const { cert, key } = await authority.issue('kafka', { names, ...listener.certificate });
  const logins = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  const modules: Record<string, string> = { PLAIN: `plain.PlainLoginModule required ${logins.join(' ')}` };
  const properties = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': inOneLine(key),
    'ssl.keystore.certificate.chain': inOneLine(cert),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': inOneLine(authority.cert),
    ...(mutual ? { 'ssl.client.auth': 'required' } : { 'sasl.enabled.mechanisms': mechanisms.join(',') }),
    ...Object.fromEntries(
      mechanisms.map((name) => [
        `${name.toLowerCase()}.sasl.jaas.config`,
        `org.apache.kafka.common.security.${modules[name] ?? 'scram.ScramLoginModule required'};`,
      ]),
    ),
  };
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [`listener.name.${door.toLowerCase()}.${name}`, value]),
  );
}

function inOneLine(pem: string): string {
  return pem.trim().replaceAll(/\r?\n/g, String.raw`\n`);
}
