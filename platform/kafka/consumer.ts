import { KAFKA_FETCH, KAFKA_MEMBER } from '#contracts/values/deadlines.ts';
import { describeError } from '../process/health.ts';
import type { RoleState } from '../process/health.ts';
import { inBackground, pause } from '../process/lifecycle.ts';
import { watchProgress } from '../process/watch-progress.ts';
import { backOff } from '../timing/back-off.ts';
import { connect, messagesOf, withDeadline } from './connect.ts';
import type { Consumer, EachBatchPayload, KafkaOptions, Message, Topic } from './connect.ts';
import { inChunks } from './in-chunks.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { ensureTopics } from './topics.ts';

/**
 * What onBatch is given at once of what was fetched, which unpacked may be any number of messages: few enough for one
 * statement of 2.5 s on a database that has much else to do, and for their dead letters. After each its offset is
 * committed, so that a process that ends begins again behind it.
 */
const AT_ONCE = { count: 500, bytes: 1024 * 1024 };

export interface ConsumeOptions extends KafkaOptions {
  readonly groupId: string;
  readonly topics: readonly Topic[];
  /** Topics that must exist beside the consumed ones. */
  readonly alsoCreate?: readonly Topic[];
  /** Handles messages of one partition, oldest first and 500 at most. When it throws it is given them again, for ever. */
  readonly onBatch: (messages: Message[]) => Promise<void>;
  readonly onState: (state: RoleState) => void;
  /** Fails when what onBatch depends on is away. */
  readonly probe: () => Promise<void>;
  /** Readiness by what gets done: see watchdog.ts. */
  readonly onProgress?: (state: RoleState) => void;
  readonly stuckAfter?: number;
  /** Ends the process unless told otherwise. */
  readonly onStuck?: (error: Error) => void;
}

/**
 * Consumes until disposed. Offsets are committed after each onBatch, so a message is handled at least once. When the broker
 * is away, or silent, the consumer is made again with back-off in this process; the process ends only when nothing moves
 * although broker and dependencies are well.
 */
export function consume(options: ConsumeOptions): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const progress = createProgress();
  let unreadableAt: unknown;
  stack.use(
    watchProgress({
      role: 'consumer',
      progress: progress.mark,
      // What is compressed so that it cannot be read a new process reads no better.
      mustProgress: async () => progress.mark() !== unreadableAt && dependenciesAreWell(options),
      onState: options.onProgress ?? (() => {}),
      log: options.log,
      ...(options.stuckAfter !== undefined && { limit: options.stuckAfter }),
      ...(options.onStuck && { onStuck: options.onStuck }),
    }),
  );
  stack.use(
    inBackground(async (signal) => {
      for (let failures = 0; !signal.aborted;) {
        const before = progress.mark();
        try {
          await runConsumer(options, signal, progress);
        } catch (error) {
          if (error instanceof UnknownCompression) unreadableAt = progress.mark();
          failures = progress.mark() === before ? failures + 1 : 1;
          options.onState({ ready: false, reason: describeError(error) });
          options.log.warn({ err: error }, 'the consumer stopped, starting it again');
          await pause(backOff(failures, { min: 200, max: 3_000 }), signal);
        }
      }
    }),
  );
  return stack;
}

async function dependenciesAreWell(options: ConsumeOptions): Promise<boolean> {
  return Promise.all([ensureTopics(options, options.topics), options.probe()]).then(
    () => true,
    () => false,
  );
}

/** One life of a consumer: resolves when the signal aborts, throws when it crashed or fell silent. */
async function runConsumer(options: ConsumeOptions, signal: AbortSignal, progress: Progress): Promise<void> {
  await ensureTopics(options, [...options.topics, ...(options.alsoCreate ?? [])]);
  const kafka = connect(options, {
    requestTimeout: KAFKA_FETCH.request,
    retry: { retries: 2, initialRetryTime: 100, restartOnFailure: async () => false },
  });
  const consumer = kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: KAFKA_MEMBER.session,
    heartbeatInterval: KAFKA_MEMBER.heartbeat,
    rebalanceTimeout: 10_000,
    maxWaitTimeInMs: KAFKA_FETCH.wait,
    allowAutoTopicCreation: false,
  });
  const { crashed, alive, unwatch } = watch(consumer, options, progress.sign);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: options.topics.map(({ name }) => name), fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: async (payload) => {
        const { step, done } = progress.begin();
        await handleBatch(payload, options, signal, { alive, onHandled: step }).finally(done);
      },
    });
    await Promise.race([crashed, untilAborted(signal)]);
  } finally {
    unwatch();
    await withDeadline(consumer.disconnect(), 3_000).catch(() => {});
  }
}

/** Only a fetch that was read says that it gets on, and after it has joined that it is ready; an idle one fetches nothing. */
function watch(consumer: Consumer, options: ConsumeOptions, onFetch: () => void) {
  let lastSign = Date.now();
  let hasJoined = false;
  const alive = () => {
    lastSign = Date.now();
  };
  consumer.on(consumer.events.HEARTBEAT, alive);
  consumer.on(consumer.events.GROUP_JOIN, () => {
    alive();
    hasJoined = true;
  });
  consumer.on(consumer.events.FETCH, () => {
    alive();
    onFetch();
    if (hasJoined) options.onState({ ready: true });
    hasJoined = false;
  });
  let watchdog: NodeJS.Timeout | undefined;
  const crashed = new Promise<never>((_resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(explain(payload.error, options.topics)));
    watchdog = setInterval(() => {
      if (Date.now() - lastSign > KAFKA_MEMBER.silence) reject(new Error('no answer from the broker'));
    }, 1_000);
  });
  crashed.catch(() => {});
  return { crashed, alive, unwatch: () => clearInterval(watchdog) };
}

class UnknownCompression extends Error {
  override name = 'UnknownCompression';
}

function explain(error: Error, topics: readonly Topic[]): Error {
  if (error.name !== 'KafkaJSNotImplemented') return error;
  const names = topics.map(({ name }) => name).join(', ');
  return new UnknownCompression(
    `what was fetched cannot be unpacked (${error.message}): set compression.type=uncompressed on ${names}, and move the group behind what lies there`,
    { cause: error },
  );
}

/** Gives one partition's messages to onBatch until it has taken them, staying in the group meanwhile. */
async function handleBatch(
  payload: EachBatchPayload,
  options: ConsumeOptions,
  signal: AbortSignal,
  { alive, onHandled }: { alive: () => void; onHandled: () => void },
): Promise<void> {
  const { batch } = payload;
  const messages = messagesOf(batch);
  const chunks = inChunks(messages, AT_ONCE);
  let failures = 0;
  while (chunks[0] && !signal.aborted && payload.isRunning() && !payload.isStale()) {
    // kafkajs itself beats between batches only, and one may take longer than the session.
    const beating = setInterval(() => void payload.heartbeat().then(alive, () => {}), KAFKA_MEMBER.heartbeat);
    try {
      await options.onBatch(chunks[0]).finally(() => clearInterval(beating));
      const last = chunks.shift()?.at(-1)?.offset;
      // What follows the last message, such as a transaction's mark, is nobody's to handle.
      payload.resolveOffset(last === undefined || chunks.length === 0 ? batch.lastOffset() : last);
      failures = 0;
      onHandled();
      options.onState({ ready: true });
    } catch (error) {
      failures += 1;
      options.onState({ ready: false, reason: describeError(error) });
      options.log.warn({ err: error, failures }, 'a batch could not be handled, trying again');
      await pause(backOff(failures, { min: 100, max: KAFKA_MEMBER.heartbeat }), signal);
    }
    await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    await payload.heartbeat();
    alive();
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
