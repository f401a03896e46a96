import { KAFKA_SEND } from '#contracts/values/deadlines.ts';
import { METADATA_MAX_AGE, connect } from './connect.ts';
import type { KafkaOptions, OutgoingMessage, Producer } from './connect.ts';
import { explainRefusal } from './explain-refusal.ts';
import { inChunks } from './in-chunks.ts';
import { inSendSpan } from './message-spans.ts';
import { withDeadline } from './with-deadline.ts';

/** The messages of one send to a partition are one batch, and a broker accepts 1 MiB a batch by default. */
const AT_ONCE = { count: Infinity, bytes: 512 * 1024 };

export interface MessageProducer extends AsyncDisposable {
  /**
   * Resolves when all in-sync replicas have the messages. More than 512 KiB are sent in several parts, one after the
   * other.
   * @throws within 3 s of the start of a part. That part may still be written; the parts before it are
   */
  send(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
}

/**
 * A producer that connects at its first send, and again after any failure. On a half-open link kafkajs would keep using
 * the dead connection until TCP gives it up, many minutes later.
 */
export function openProducer(options: KafkaOptions): MessageProducer {
  const kafka = connect(options, {
    requestTimeout: KAFKA_SEND.request,
    retry: { retries: 1, initialRetryTime: 100 },
  });
  let current: Promise<Producer> | undefined;

  async function open(): Promise<Producer> {
    const producer = kafka.producer({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_MAX_AGE });
    await producer.connect();
    return producer;
  }

  async function close(opened: Promise<Producer>): Promise<void> {
    await withDeadline(
      opened.then((producer) => producer.disconnect()),
      2_000,
    ).catch(() => {});
  }

  async function sendChunk(topic: string, messages: OutgoingMessage[]): Promise<void> {
    const mine = (current ??= open());
    try {
      await withDeadline(
        mine.then((producer) => producer.send({ topic, acks: -1, timeout: KAFKA_SEND.request, messages })),
        KAFKA_SEND.whole,
      );
    } catch (error) {
      if (current === mine) current = undefined;
      void close(mine);
      throw explainRefusal(error, { right: 'Write', topic });
    }
  }

  return {
    async send(topic, messages) {
      await inSendSpan(topic, messages, async (all) => {
        for (const chunk of inChunks(all, AT_ONCE)) await sendChunk(topic, chunk);
      });
    },
    async [Symbol.asyncDispose]() {
      if (current) await close(current);
    },
  };
}
