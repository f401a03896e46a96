import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;

/** A span as a collector gets it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  readonly traceId: string;
  readonly spanId: string;
  /** Of the span that it is below, if there is one. */
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The spans that it is linked to. */
  readonly links: readonly string[];
  readonly failed: boolean;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
}

/** An OpenTelemetry collector that takes spans as OTLP over HTTP in JSON, and keeps them. */
export interface TraceCollector extends AsyncDisposable {
  /** The environment of a service that sends its spans here, soon. */
  readonly environment: Record<string, string>;
  readonly spans: CollectedSpan[];
  /** How many requests have come, answered or not. */
  requests(): number;
  /** From now on it takes requests and answers none of them, or breaks off each. */
  fail(how: 'hang' | 'reset' | undefined): void;
}

export async function openTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  let failure: 'hang' | 'reset' | undefined;
  let requests = 0;
  const server = createServer((request, response) => {
    void (async () => {
      requests += 1;
      if (failure === 'reset') request.socket.destroy();
      if (failure !== undefined) return;
      spans.push(...(await readSpans(request)));
      response.setHeader('Content-Type', 'application/json').end('{}');
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    },
    spans,
    requests: () => requests,
    fail(how) {
      failure = how;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** github.com/open-telemetry/opentelemetry-proto: ExportTraceServiceRequest, as JSON. */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly spanId: string }[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

async function readSpans(request: IncomingMessage): Promise<CollectedSpan[]> {
  const { resourceSpans } = JSON.parse(await text(request)) as ExportRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(toValues(resource.attributes)['service.name']);
    return scopeSpans.flatMap((scope) => scope.spans.map((span) => toSpan(service, span)));
  });
}

function toSpan(service: string, span: OtlpSpan): CollectedSpan {
  return {
    service,
    name: span.name,
    kind: KINDS[span.kind] ?? '',
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    attributes: toValues(span.attributes ?? []),
    links: (span.links ?? []).map(({ spanId }) => spanId),
    failed: span.status?.code === 2,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
  };
}

function toValues(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** The spans of a trace as lines, each below its parent, in the order in which they began: service, kind and name. */
export function treeOf(spans: readonly CollectedSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = Map.groupBy(spans, ({ parentSpanId }) =>
    parentSpanId !== undefined && ids.has(parentSpanId) ? parentSpanId : '',
  );
  const draw = (parent: string, depth: number): string[] =>
    (below.get(parent) ?? [])
      .toSorted((a, b) => Number(a.start - b.start) || Number(a.end - b.end))
      .flatMap((span) => [
        `${'  '.repeat(depth)}${span.service} ${span.kind} ${span.name}`,
        ...draw(span.spanId, depth + 1),
      ]);
  return draw('', 0);
}
