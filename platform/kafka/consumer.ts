import { backOff, inBackground, pause } from '@gozon/timing';
import { KAFKA_FETCH, KAFKA_MEMBER } from '#contracts/values/deadlines.ts';
import { OutageError } from '../process/classify-error.ts';
import { describeError } from '../process/describe-error.ts';
import type { RoleState } from '../process/health.ts';
import { watchProgress } from '../process/watch-progress.ts';
import type { WatchProgressOptions } from '../process/watch-progress.ts';
import { logOf } from '../tracing/log-of.ts';
import { METADATA_MAX_AGE, connect, messagesOf, stopAfter } from './connect.ts';
import type { Consumer, EachBatchPayload, KafkaOptions, Message, Topic } from './connect.ts';
import { createProgress, createWaits } from './consumer-state.ts';
import type { Progress, Waits } from './consumer-state.ts';
import { explainRefusal } from './explain-refusal.ts';
import { inChunks } from './in-chunks.ts';
import { inProcessSpans, traceOfOnly } from './message-spans.ts';
import { ensureTopics } from './topics.ts';
import { withDeadline } from './with-deadline.ts';

/**
 * The most that onBatch gets in one call: few enough for one statement of 2.5 s on a database that has much else to do,
 * and for their dead letters. What was fetched may hold any number of messages when it was compressed. The offset is
 * committed after each call, so that a process that ends starts again after it.
 */
const CHUNK = { count: 500, bytes: 1024 * 1024 };

/** How long a partition pauses after an error, in ms. A fetch of the others, which may take a second, goes on first. */
const RETRY = { min: 100, max: 1_000 };

export interface ConsumeOptions extends KafkaOptions {
  readonly groupId: string;
  readonly topics: readonly Topic[];
  /** Topics that must exist beside the consumed ones. */
  readonly alsoCreate?: readonly Topic[];
  /**
   * Handles messages of one partition, oldest first and 500 at most. After an error it gets them again, and perhaps more,
   * until it succeeds.
   */
  readonly onBatch: (messages: Message[]) => Promise<void>;
  readonly onState: (state: RoleState) => void;
  /** Fails when a dependency of onBatch is away. */
  readonly probe: () => Promise<void>;
  /** Whether the consumer makes progress: see watch-progress.ts. */
  readonly onProgress?: (state: RoleState) => void;
  /** Settings of the watchdog other than the usual, in tests. */
  readonly watchdog?: Pick<WatchProgressOptions, 'limit' | 'onStuck'>;
}

/**
 * Consumes until disposed. Offsets are committed after each onBatch, so a message is handled at least once.
 *
 * States, all but `running` reported as not ready:
 * - starting: creates topics, connects and joins the group. The first completed fetch after that makes it `running`.
 * - running: fetches, and gives each chunk to onBatch. An error of onBatch makes it `retrying`; a crash of kafkajs, or a
 *   broker that is silent for {@link KAFKA_MEMBER}.silence, makes it `restarting`.
 * - retrying: pauses the partitions whose chunks failed, and gives the chunks to onBatch again, with back-off. It stays in
 *   the group, and the other partitions go on. When none waits it is `running`.
 * - restarting: drops the kafkajs consumer and waits, with back-off; then `starting` in the same process.
 *
 * Beside these the watchdog ends the process when the progress stands still although broker and dependencies are well. A
 * chunk that fails again and again is no standstill: another process would fail as well.
 */
export function consume(options: ConsumeOptions): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const progress = createProgress();
  let unreadableAt: number | undefined;
  stack.use(
    watchProgress({
      role: 'consumer',
      progress: progress.value,
      // A new process cannot decompress what this one cannot.
      mustProgress: async () => progress.value() !== unreadableAt && dependenciesAreWell(options),
      onState: options.onProgress ?? (() => {}),
      log: options.log,
      ...options.watchdog,
    }),
  );
  stack.use(
    inBackground(async (signal) => {
      for (let failures = 0; !signal.aborted;) {
        const before = progress.value();
        try {
          await runConsumer(options, signal, progress);
        } catch (reason) {
          const error = explain(reason, options);
          if (error instanceof UnknownCompression) unreadableAt = progress.value();
          failures = progress.value() === before ? failures + 1 : 1;
          options.onState({ ready: false, reason: describeError(error) });
          options.log.warn(
            { err: error, brokers: options.brokers },
            'the consumer stopped; starting it again',
          );
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

/** One kafkajs consumer: resolves when the signal aborts, throws when it crashed or its broker is silent. */
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
    // A group whose topic has more partitions than before shares them out again.
    metadataMaxAge: METADATA_MAX_AGE,
    allowAutoTopicCreation: false,
  });
  const waits = createWaits(options.onState);
  const { lost, noteSign, unwatch } = watchLink(consumer, progress, waits);
  const start = async () => {
    await consumer.connect();
    noteSign();
    await consumer.subscribe({ topics: options.topics.map(({ name }) => name), fromBeginning: true });
    noteSign();
    await consumer.run({
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: async (payload) => handleBatch(payload, { options, signal, progress, waits }),
    });
  };
  const starting = start();
  try {
    await Promise.race([lost, starting]);
    await Promise.race([lost, untilAborted(signal)]);
  } finally {
    unwatch();
    await withDeadline(stopAfter(starting, consumer), 3_000).catch(() => {});
  }
}

/** Only a completed fetch counts as progress. The first one after joining the group makes the consumer ready. */
function watchLink(consumer: Consumer, progress: Progress, waits: Waits) {
  const { CRASH, FETCH, GROUP_JOIN, HEARTBEAT } = consumer.events;
  const { promise: lost, reject } = Promise.withResolvers<never>();
  lost.catch(() => {});
  let lastSign = Date.now();
  let hasJoined = false;
  const noteSign = () => {
    lastSign = Date.now();
  };
  for (const event of [FETCH, GROUP_JOIN, HEARTBEAT]) consumer.on(event, noteSign);
  consumer.on(GROUP_JOIN, () => {
    hasJoined = true;
    waits.forget();
  });
  consumer.on(FETCH, () => {
    progress.fetched();
    if (hasJoined) waits.report();
    hasJoined = false;
  });
  consumer.on(CRASH, ({ payload }) => reject(payload.error));
  const silence = setInterval(() => {
    if (Date.now() - lastSign > KAFKA_MEMBER.silence) reject(new OutageError('no answer from the broker'));
  }, 1_000);
  return { lost, noteSign, unwatch: () => clearInterval(silence) };
}

class UnknownCompression extends Error {
  override name = 'UnknownCompression';
}

function explain(error: unknown, { topics, groupId }: ConsumeOptions): unknown {
  const names = topics.map(({ name }) => name).join(', ');
  const isUnknown = error instanceof Error && error.name === 'KafkaJSNotImplemented';
  if (!isUnknown) return explainRefusal(error, { right: 'Read', topic: names, groupId });
  return new UnknownCompression(
    `the next messages cannot be decompressed (${error.message}): set compression.type=uncompressed on ${names}, and move the group past them`,
    { cause: error },
  );
}

interface BatchContext {
  readonly options: ConsumeOptions;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly waits: Waits;
}

/**
 * Gives one partition's messages to onBatch, and stays in the group meanwhile. After an error the partition pauses, and
 * what is left of it is fetched again. To wait here would hold up every partition that the same broker leads: kafkajs
 * fetches again when all of a fetch is handled.
 */
async function handleBatch(payload: EachBatchPayload, context: BatchContext): Promise<void> {
  const { batch } = payload;
  const messages = messagesOf(batch);
  const chunks = inChunks(messages, CHUNK);
  for (const [index, chunk] of chunks.entries()) {
    if (context.signal.aborted || !payload.isRunning() || payload.isStale()) return;
    const handled = context.progress.begin();
    try {
      if (!(await handleChunk(chunk, payload, context))) return;
      // Records that are no messages, such as a transaction's marker, may follow the last message.
      const next = chunks[index + 1]?.[0];
      payload.resolveOffset(next ? String(BigInt(next.offset) - 1n) : batch.lastOffset());
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      await payload.heartbeat();
    } finally {
      handled();
    }
  }
}

/** @returns false when the chunk failed, and its partition pauses */
async function handleChunk(
  chunk: Message[],
  payload: EachBatchPayload,
  { options, waits }: BatchContext,
): Promise<boolean> {
  const { topic, partition } = payload.batch;
  const place = `${topic}/${partition}`;
  // kafkajs sends heartbeats between batches only, and one attempt may take longer than the session.
  const beating = setInterval(() => void payload.heartbeat().catch(() => {}), KAFKA_MEMBER.heartbeat);
  let failures = 0;
  const handle = async (messages: Message[]) => {
    try {
      await options.onBatch(messages);
    } catch (error) {
      failures = waits.begin(place, describeError(error));
      const log = logOf(options.log, traceOfOnly(messages));
      log.warn({ err: error, failures, place }, 'a batch could not be handled; trying again');
      throw error;
    }
  };
  try {
    await inProcessSpans(chunk, handle);
    waits.end(place);
    return true;
  } catch {
    setTimeout(payload.pause(), backOff(failures, RETRY)).unref();
    return false;
  } finally {
    clearInterval(beating);
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
