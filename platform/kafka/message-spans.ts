import { traceOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { acceptTrace } from '../tracing/accept-trace.ts';
import {
  end,
  fail,
  inChildSpan,
  inSpan,
  isTracing,
  SpanKind,
  spanContextOf,
  startSpan,
  traceContextOf,
} from '../tracing/spans.ts';
import type { NewSpan } from '../tracing/spans.ts';
import type { Message, OutgoingMessage } from './connect.ts';

// By OpenTelemetry's conventions for messages: opentelemetry.io/docs/specs/semconv/messaging/kafka.

/** Sends messages in a span of their cause's trace, and names it in their headers, if the cause has one. */
export async function inSendSpan(
  topic: string,
  messages: readonly OutgoingMessage[],
  send: (messages: readonly OutgoingMessage[]) => Promise<void>,
): Promise<void> {
  const [only, ...more] = messages;
  const describe = () => ({
    name: `send ${topic}`,
    kind: SpanKind.PRODUCER,
    attributes: {
      ...attributesOf('send', topic),
      ...(more.length > 0
        ? { 'messaging.batch.message_count': messages.length }
        : { 'messaging.kafka.message.key': only?.key ?? undefined }),
    },
  });
  await inChildSpan(describe, async (span) => {
    if (!span) return send(messages);
    const headers = traceOf(traceContextOf(span));
    return send(messages.map((message) => ({ ...message, headers: { ...message.headers, ...headers } })));
  });
}

/**
 * Handles messages of one partition, while spans are recorded: each has a span below that of its sender, and is given to `handle`
 * with it. The work itself is done once for all of them. It is in the span of a message that is alone; those of more are linked to
 * one of the work.
 */
export async function inProcessSpans(
  messages: readonly Message[],
  handle: (messages: Message[]) => Promise<void>,
): Promise<void> {
  const [first] = messages;
  if (!isTracing() || !first) return handle([...messages]);
  const { topic } = first;
  if (messages.length === 1) {
    return inSpan(spanOf(first), traceOfMessage(first), async (span) =>
      handle([{ ...first, trace: traceContextOf(span) }]),
    );
  }
  const traces = messages.flatMap((message) => traceOfMessage(message) ?? []);
  const batch: NewSpan = {
    name: `process ${topic}`,
    kind: SpanKind.CONSUMER,
    links: traces.map((trace) => ({ context: spanContextOf(trace) })),
    attributes: {
      ...attributesOf('process', topic),
      'messaging.destination.partition.id': String(first.partition),
      'messaging.batch.message_count': messages.length,
    },
  };
  return inSpan(batch, undefined, async (work) => {
    const links = [{ context: work.spanContext() }];
    const spans = messages.map((message) =>
      startSpan({ ...spanOf(message), links }, traceOfMessage(message)),
    );
    try {
      await handle(
        messages.map((message, index) => {
          const span = spans[index];
          return span ? { ...message, trace: traceContextOf(span) } : message;
        }),
      );
    } catch (error) {
      for (const span of spans) fail(span, error);
      throw error;
    } finally {
      for (const span of spans) end(span);
    }
  });
}

function spanOf({ topic, partition, offset, key }: Message): NewSpan {
  return {
    name: `process ${topic}`,
    kind: SpanKind.CONSUMER,
    attributes: {
      ...attributesOf('process', topic),
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(offset),
      ...(key !== null && { 'messaging.kafka.message.key': key }),
    },
  };
}

function attributesOf(operation: 'send' | 'process', topic: string) {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
  };
}

/** The trace of a message that is alone: several have none together. */
export function traceOfOnly([first, ...more]: readonly Message[]): TraceContext | undefined {
  return first && more.length === 0 ? traceOfMessage(first) : undefined;
}

function traceOfMessage({ headers }: Message): TraceContext | undefined {
  const text = (name: string) => headers[name]?.toString() ?? '';
  return acceptTrace({ traceparent: text('traceparent'), tracestate: text('tracestate') });
}
