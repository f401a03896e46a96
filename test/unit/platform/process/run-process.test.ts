import assert from 'node:assert/strict';
import { execa } from 'execa';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** Runs a process of ours whose composition is this code, until it stops itself. */
async function run(compose: string) {
  const script = `
    import { runProcess } from '#platform/process/run-process.ts';
    import { processSettings } from '#platform/process/process-settings.ts';
    await runProcess('test', processSettings, async () => {
      ${compose}
      setInterval(() => {}, 1_000);
      process.nextTick(() => process.kill(process.pid, 'SIGTERM'));
    });`;
  const { stdout, stderr } = await execa(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: CHECKOUT,
    env: { PORT: '0', SERVICE_SECRET: 'a-secret-of-tests-only' },
    extendEnv: false,
  });
  const lines = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  return { lines, stderr };
}

describe('a process', () => {
  it('ends with one sentence and exit code 78 when settings prove wrong while it composes', async () => {
    const script = `
      import { ConfigError } from '#platform/process/config.ts';
      import { runProcess } from '#platform/process/run-process.ts';
      import { processSettings } from '#platform/process/process-settings.ts';
      await runProcess('test', processSettings, async () => {
        throw new ConfigError('Settings are wrong. KEY: is not the key of CERT.');
      });`;
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        cwd: CHECKOUT,
        env: { PORT: '0', SERVICE_SECRET: 'a-secret-of-tests-only' },
        extendEnv: false,
        reject: false,
      },
    );
    assert.deepEqual(
      { exitCode, stdout, stderr },
      { exitCode: 78, stdout: '', stderr: 'test: Settings are wrong. KEY: is not the key of CERT.' },
    );
  });

  it('logs a deprecation of a library as JSON, and nothing else reaches its output', async () => {
    const { lines, stderr } = await run(`process.emitWarning('old', 'DeprecationWarning', 'DEP0060');`);
    assert.equal(stderr, '');
    const { level, code, warning } = lines.find((line) => 'warning' in line) ?? {};
    assert.deepEqual({ level, code, warning }, { level: 'info', code: 'DEP0060', warning: 'old' });
  });

  it('logs any other warning of Node as JSON, with its stack', async () => {
    const { lines, stderr } = await run(`
      for (let count = 0; count < 20; count += 1) process.on('SIGUSR2', () => {});`);
    assert.equal(stderr, '');
    const { level, stack } = lines.find((line) => 'warning' in line) ?? {};
    assert.equal(level, 'warn');
    assert.match(String(stack), /^MaxListenersExceededWarning: Possible EventEmitter memory leak.*\n +at /);
    assert.doesNotMatch(JSON.stringify(lines), /a-secret-of-tests-only/);
  });
});
