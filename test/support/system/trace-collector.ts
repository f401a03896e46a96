import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Server as GrpcServer, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServiceDefinition } from '@grpc/grpc-js';
import { readJson, readProtobuf } from './otlp.ts';
import type { CollectedSpan } from './otlp.ts';

export type { CollectedSpan } from './otlp.ts';

/** As OTEL_EXPORTER_OTLP_PROTOCOL names them. */
export const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** An OpenTelemetry collector that takes spans by each protocol of OTLP, and keeps them. */
export interface TraceCollector extends AsyncDisposable {
  /** The environment of a service that sends its spans here, soon. @param protocol by default that of OpenTelemetry */
  environment(protocol?: Protocol): Record<string, string>;
  readonly spans: CollectedSpan[];
  /** What came, as it came. */
  readonly received: Buffer[];
  /** How many requests have come, answered or not. */
  requests(): number;
  /** From now on it takes requests and answers none of them, or breaks off each. */
  fail(how: 'hang' | 'reset' | undefined): void;
}

/** github.com/open-telemetry/opentelemetry-proto: the one method of its TraceService. Its reply has nothing to say. */
const TRACE_SERVICE: ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};

export async function openTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const received: Buffer[] = [];
  let failure: 'hang' | 'reset' | undefined;
  let requests = 0;
  const take = (body: Buffer, read: (body: Buffer) => CollectedSpan[]) => {
    received.push(body);
    spans.push(...read(body));
  };
  const server = createServer((request, response) => {
    void (async () => {
      requests += 1;
      if (failure === 'reset') request.socket.destroy();
      if (failure !== undefined) return;
      const type = request.headers['content-type'] ?? '';
      take(await buffer(request), type === 'application/json' ? readJson : readProtobuf);
      response.setHeader('Content-Type', type).end(type === 'application/json' ? '{}' : '');
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const grpc = new GrpcServer();
  grpc.addService(TRACE_SERVICE, {
    Export({ request }: { request: Buffer }, reply: sendUnaryData<Buffer>) {
      requests += 1;
      if (failure === 'reset') reply({ code: status.UNAVAILABLE });
      if (failure !== undefined) return;
      take(request, readProtobuf);
      reply(null, Buffer.alloc(0));
    },
  });
  const grpcPort = await promisify(grpc.bindAsync.bind(grpc))(
    '127.0.0.1:0',
    ServerCredentials.createInsecure(),
  );
  const { port } = server.address() as AddressInfo;
  return {
    environment: (protocol = 'http/protobuf') => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${protocol === 'grpc' ? grpcPort : port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    }),
    spans,
    received,
    requests: () => requests,
    fail(how) {
      failure = how;
    },
    async [Symbol.asyncDispose]() {
      grpc.forceShutdown();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
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
