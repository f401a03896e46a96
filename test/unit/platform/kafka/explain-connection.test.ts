import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import '#platform/kafka/explain-connection.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';

interface KafkaJs {
  readonly Kafka: new (options: object) => { admin(options: object): { connect(): Promise<void> } };
  readonly logLevel: { readonly NOTHING: number };
}
const { Kafka, logLevel } = createRequire(import.meta.url)('kafkajs') as KafkaJs;

describe('an address at which no broker is', () => {
  for (const [title, tls] of [
    ['nothing is said of TLS', {}],
    ['TLS is off', { ssl: false }],
    ['TLS is on', { ssl: true }],
  ] as const) {
    it(`fails the attempt to connect, and not the process, if ${title}`, async () => {
      const [port] = await findFreePorts(1);
      const retry = { retries: 0 };
      const kafka = new Kafka({
        brokers: [`${LOOPBACK}:${port}`],
        ...tls,
        retry,
        logLevel: logLevel.NOTHING,
      });
      await assert.rejects(kafka.admin({ retry }).connect(), /ECONNREFUSED/);
    });
  }
});
