import { createRequire } from 'node:module';
import type { ConnectionOptions } from 'node:tls';
import { explainTls } from '../process/explain-tls.ts';

// kafkajs 2.2.4 passes on what OpenSSL says of an alert, and of a broker that ends a connection only that it did. A broker
// does that to a client without TLS, or without a login, which it has no way to answer. The error stays of its class, by
// which kafkajs tries the next address.

interface Connection {
  /** Null where nothing was said of it. */
  readonly ssl: ConnectionOptions | boolean | null;
  readonly sasl: unknown;
  rejectRequests: (this: Connection, error: Error) => void;
}

const load = createRequire(import.meta.url);
const { prototype } = load('kafkajs/src/network/connection.js') as { prototype: Connection };
const { rejectRequests } = prototype;

prototype.rejectRequests = function (error) {
  const fault = explain(error, this);
  if (fault !== undefined) error.message = `Kafka cannot be reached: ${fault}`;
  rejectRequests.call(this, error);
};

function explain(error: Error, { ssl, sasl }: Connection): string | undefined {
  const cert = typeof ssl === 'object' ? ssl?.cert?.toString() : undefined;
  if (error.name !== 'KafkaJSConnectionClosedError') return explainTls(error, cert);
  if (!ssl) return 'it ended the connection, as it does if it is stopping or expects TLS';
  if (!sasl && cert === undefined)
    return 'it ended the connection, as it does if it is stopping or expects a login';
  return undefined;
}
