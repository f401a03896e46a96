import assert from 'node:assert/strict';
import { Kafka, logLevel } from 'kafkajs';
import '#platform/kafka/explain-connection.ts';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';
import { findFreePorts } from '#tools/stack/settings/ports.ts';

describe('an address at which no broker is', () => {
  for (const [title, tls] of [
    ['nothing is said of TLS', {}],
    ['TLS is off', { ssl: false }],
    ['TLS is on', { ssl: true }],
  ] as const) {
    it(`fails the attempt to connect, and not the process, if ${title}`, async () => {
      const [port] = await findFreePorts(1);
      const retry = { retries: 0 };
      const kafka = new Kafka({ brokers: [`${LOOPBACK}:${port}`], ...tls, retry, logLevel: logLevel.NOTHING });
      await assert.rejects(kafka.admin({ retry }).connect(), /ECONNREFUSED/);
    });
  }
});
