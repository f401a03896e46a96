import assert from 'node:assert/strict';
import { execa } from 'execa';
import { ConfigError, readConfig } from '#platform/process/config.ts';
import { processSettings } from '#platform/process/process-settings.ts';
import { openTraceCollector, PROTOCOLS } from '#test/support/system/trace-collector.ts';
import type { TraceCollector } from '#test/support/system/trace-collector.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

const own = { PORT: '0', SERVICE_SECRET: 'a-secret-of-tests-only' };

/** Runs a process of ours that makes a span and stops. @returns the packages of OpenTelemetry that it loaded */
async function run(environment: Record<string, string>): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({
      load(url, context, next) {
        const [, name] = /@opentelemetry\\/([\\w-]+)\\//.exec(url) ?? [];
        if (name) loaded.add(name);
        return next(url, context);
      },
    });
    const { runProcess } = await import('#platform/process/run-process.ts');
    const { processSettings } = await import('#platform/process/process-settings.ts');
    const { inSpan } = await import('#platform/tracing/spans.ts');
    await runProcess('test', processSettings, async ({ log }) => {
      await inSpan({ name: 'work' }, undefined, async () => log.info('at work'));
      log.info({ loaded: [...loaded] }, 'loaded');
      process.nextTick(() => process.kill(process.pid, 'SIGTERM'));
    });`;
  const { stdout, stderr } = await execa(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: CHECKOUT,
    env: { ...own, ...environment },
    extendEnv: false,
  });
  assert.equal(stderr, '');
  const lines = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.ok(lines.some(({ msg }) => msg === 'stopped'));
  return lines.find(({ msg }) => msg === 'loaded')?.['loaded'] as string[];
}

describe('a process', function () {
  this.timeout(60_000);
  let collector: TraceCollector;
  beforeEach(async () => {
    collector = await openTraceCollector();
  });
  afterEach(async () => collector[Symbol.asyncDispose]());

  it('loads nothing of OpenTelemetry but its API while it records no spans', async () => {
    assert.deepEqual(await run({}), ['api']);
    for (const off of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])
      assert.deepEqual(await run({ ...collector.environment(), ...off }), ['api']);
    assert.deepEqual(collector.spans, []);
  });

  for (const protocol of PROTOCOLS) {
    it(`sends its last spans before it ends, by its own name, by ${protocol}`, async () => {
      const loaded = await run({ ...collector.environment(protocol), OTEL_BSP_SCHEDULE_DELAY: '60000' });
      assert.ok(loaded.includes('sdk-node'));
      assert.deepEqual(
        collector.spans.map(({ service, name }) => [service, name]),
        [['test', 'work']],
      );
    });
  }

  for (const [how, environment] of Object.entries({
    OTEL_SERVICE_NAME: { OTEL_SERVICE_NAME: 'shop' },
    OTEL_RESOURCE_ATTRIBUTES: { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=x,service.name=shop' },
  })) {
    it(`has the name that ${how} gives it`, async () => {
      await run({ ...collector.environment(), ...environment });
      assert.deepEqual(
        collector.spans.map(({ service }) => service),
        ['shop'],
      );
    });
  }

  it('records what OTEL_TRACES_SAMPLER says', async () => {
    await run({ ...collector.environment(), OTEL_TRACES_SAMPLER: 'always_off' });
    assert.deepEqual(collector.spans, []);
  });

  for (const protocol of PROTOCOLS) {
    it(`ends although its collector answers nothing, by ${protocol}`, async () => {
      collector.fail('hang');
      await run({ ...collector.environment(protocol), OTEL_EXPORTER_OTLP_TIMEOUT: '60000' });
      // None, if it ended before it was connected.
      assert.ok(collector.requests() <= 1);
      assert.deepEqual(collector.spans, []);
    });
  }
});

describe('the settings of tracing', () => {
  it('that are empty count as not set', () => {
    const empty = { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_SAMPLER: '', OTEL_TRACES_SAMPLER_ARG: '' };
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = readConfig(processSettings, { ...own, ...empty });
    assert.equal(endpoint, undefined);
  });

  const wrong: Record<string, [value: string, complaint: RegExp]> = {
    OTEL_EXPORTER_OTLP_ENDPOINT: ['collector:4318', /must be an http:\/\/ URL/],
    OTEL_EXPORTER_OTLP_PROTOCOL: ['thrift', /must be of http\/protobuf, http\/json, grpc/],
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: ['http/xml', /must be of http\/protobuf, http\/json, grpc/],
    OTEL_TRACES_EXPORTER: ['jaeger', /must be of otlp, none/],
    OTEL_TRACES_SAMPLER: ['sometimes', /must be of always_on, always_off, traceidratio/],
    OTEL_TRACES_SAMPLER_ARG: ['5%', /must be a number, 0 to 1/],
    OTEL_SDK_DISABLED: ['yes', /must be true or false/],
  };
  for (const [name, [value, complaint]] of Object.entries(wrong)) {
    it(`that are wrong are named: ${name}`, () => {
      assert.throws(
        () => readConfig(processSettings, { ...own, [name]: value }),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, new RegExp(`${name}: ${complaint.source}`));
          assert.ok(!error.message.includes(value));
          return true;
        },
      );
    });
  }
});
