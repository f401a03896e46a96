import { inBackground, pause } from '@gozon/timing';
import { describeError } from '../process/describe-error.ts';
import type { RoleState } from '../process/health.ts';
import type { KafkaOptions } from './connect.ts';
import type { MessageProducer } from './producer.ts';
import { probeTopic } from './topics.ts';

/** How often Kafka is asked for the topic, and how often while it or the topic is away, in ms. */
const PROBE_EVERY = 5_000;
const PROBE_AGAIN = 500;
/** How long a send that failed says more than the answer to a probe, in ms. What failed is sent again within 5 s. */
const FAILURE_COUNTS = 15_000;

export interface WatchProducerOptions extends KafkaOptions {
  readonly topic: string;
  readonly onState: (state: RoleState) => void;
}

/**
 * A producer that reports whether messages can be sent: by what came of the last send, and while nothing is sent by
 * whether Kafka knows the topic. Its disposal is that of the producer too.
 */
export function watchProducer(producer: MessageProducer, options: WatchProducerOptions): MessageProducer {
  const { topic, onState } = options;
  let failedAt = -Infinity;
  const stack = new AsyncDisposableStack();
  stack.use(producer);
  stack.use(
    inBackground(async (signal) => {
      while (!signal.aborted) {
        const state = await probeTopic(options, topic).then(
          () => ({ ready: true }) as const,
          (error: unknown) => ({ ready: false, reason: describeError(error) }) as const,
        );
        if (performance.now() - failedAt > FAILURE_COUNTS) onState(state);
        await pause(state.ready ? PROBE_EVERY : PROBE_AGAIN, signal);
      }
    }),
  );
  return {
    async send(...message) {
      try {
        await producer.send(...message);
        failedAt = -Infinity;
        onState({ ready: true });
      } catch (error) {
        failedAt = performance.now();
        onState({ ready: false, reason: describeError(error) });
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => stack.disposeAsync(),
  };
}
