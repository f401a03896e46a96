import { z } from 'zod';
import { flag, httpUrl } from '../process/settings.ts';

/** An empty variable counts as none, as OpenTelemetry specifies. */
function optional<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((text) => (text === '' ? undefined : text), schema.optional());
}

/** In the order of the specification. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];
const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'];
const EXPORTERS = ['otlp', 'none'];

function oneOf(values: readonly string[]) {
  return optional(z.enum(values, { error: `must be of ${values.join(', ')}` }));
}

const wrongRatio = { error: 'must be a number, 0 to 1' };

/**
 * Variables of OpenTelemetry's own packages, which read them and many more:
 * opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables. Those here are the ones that people set; they are
 * checked at the start, since the packages would replace a wrong value by a default. Without an endpoint nothing is recorded.
 */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(httpUrl),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf(PROTOCOLS),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: oneOf(PROTOCOLS),
  OTEL_EXPORTER_OTLP_HEADERS: optional(z.string()),
  OTEL_SERVICE_NAME: optional(z.string()),
  OTEL_RESOURCE_ATTRIBUTES: optional(z.string()),
  OTEL_TRACES_EXPORTER: oneOf(EXPORTERS),
  OTEL_TRACES_SAMPLER: oneOf(SAMPLERS),
  OTEL_TRACES_SAMPLER_ARG: optional(z.coerce.number(wrongRatio).min(0, wrongRatio).max(1, wrongRatio)),
  OTEL_SDK_DISABLED: optional(flag),
};

export type TracingSettings = z.output<z.ZodObject<typeof tracingSettings>>;
