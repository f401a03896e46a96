import protobuf from 'protobufjs';

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

/**
 * What is read here of ExportTraceServiceRequest, by github.com/open-telemetry/opentelemetry-proto. On the wire an enum is a
 * number; what is not named is skipped.
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    string trace_state = 3;
    bytes parent_span_id = 4;
    string name = 5;
    int32 kind = 6;
    fixed64 start_time_unix_nano = 7;
    fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9;
    repeated Link links = 13;
    Status status = 15;
  }
  message Link { bytes span_id = 2; }
  message Status { int32 code = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value {
      string string_value = 1;
      bool bool_value = 2;
      int64 int_value = 3;
      double double_value = 4;
      ArrayValue array_value = 5;
    }
  }
  message ArrayValue { repeated AnyValue values = 1; }`);
const Request = root.lookupType('Request');

/** Ids are bytes in protobuf, and hexadecimal in JSON. */
interface ExportRequest<Id> {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan<Id>[] }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan<Id> {
  readonly name: string;
  readonly kind: number;
  readonly traceId: Id;
  readonly spanId: Id;
  readonly parentSpanId?: Id;
  readonly traceState?: string;
  readonly attributes?: readonly KeyValue[];
  readonly links?: readonly { readonly spanId: Id }[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

export function readJson(body: Buffer): CollectedSpan[] {
  return toSpans(JSON.parse(body.toString()) as ExportRequest<string>, (id) => id);
}

export function readProtobuf(body: Buffer): CollectedSpan[] {
  const request = Request.toObject(Request.decode(body), { longs: String }) as ExportRequest<Buffer>;
  return toSpans(request, (id) => id.toString('hex'));
}

function toSpans<Id>({ resourceSpans }: ExportRequest<Id>, hex: (id: Id) => string): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(toValues(resource.attributes)['service.name']);
    return scopeSpans.flatMap((scope) => scope.spans.map((span) => toSpan(service, span, hex)));
  });
}

function toSpan<Id>(service: string, span: OtlpSpan<Id>, hex: (id: Id) => string): CollectedSpan {
  return {
    service,
    name: span.name,
    kind: KINDS[span.kind] ?? '',
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: span.parentSpanId && (hex(span.parentSpanId) || undefined),
    traceState: span.traceState,
    attributes: toValues(span.attributes ?? []),
    links: (span.links ?? []).map(({ spanId }) => hex(spanId)),
    failed: span.status?.code === 2,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
  };
}

function toValues(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
