import { createRequire } from 'node:module';
import { KAFKA_CONNECT } from '#contracts/values/deadlines.ts';
import { OutageError } from '../process/classify-error.ts';
import { withDeadline } from './with-deadline.ts';

// kafkajs 2.2.4 bounds how long a connection takes to open, but not the first answer and the authentication. A broker
// that accepts connections and answers nothing counts as connected: the next use of it ends with "Broker not connected",
// and no other address is tried. Nor is one tried for a broker that closes each connection. Here both count as brokers
// that cannot be reached, for which kafkajs tries the next address.

interface Connection {
  readonly authHandlers: { readonly onError: () => void } | null;
  rejectRequests: (this: Connection, error: Error) => void;
}

interface Broker {
  readonly brokerAddress: string;
  readonly connectionPool: { readonly map: (use: (connection: Connection) => void) => void };
  readonly disconnect: () => Promise<void>;
  connect: (this: Broker) => Promise<void>;
}

interface Errors {
  readonly KafkaJSConnectionError: new (message: string, place: { broker: string }) => Error;
}

const load = createRequire(import.meta.url);
const { prototype } = load('kafkajs/src/broker/index.js') as { prototype: Broker };
const { KafkaJSConnectionError } = load('kafkajs/src/errors.js') as Errors;
const { connect } = prototype;

prototype.connect = async function () {
  try {
    await withDeadline(connect.call(this), KAFKA_CONNECT.whole);
  } catch (error) {
    if (!isSilence(error)) throw error;
    const silence = new KafkaJSConnectionError(error.message, { broker: this.brokerAddress });
    // Otherwise kafkajs would wait for these answers before it closes the connection.
    this.connectionPool.map((connection) => {
      connection.authHandlers?.onError();
      connection.rejectRequests(silence);
    });
    await this.disconnect();
    throw silence;
  }
};

/**
 * By their names: the first answer may also end by its client's `requestTimeout`, and a balancer with no broker behind it
 * accepts connections and closes them.
 */
const SILENCES: ReadonlySet<string> = new Set(['KafkaJSRequestTimeoutError', 'KafkaJSConnectionClosedError']);

function isSilence(error: unknown): error is Error {
  return error instanceof OutageError || (error instanceof Error && SILENCES.has(error.name));
}
