import assert from 'node:assert/strict';
import { ProgramError, runQuietly } from '#tools/stack/bootstrap/fetch/run-quietly.js';

/** Runs a program that prints lines, and fails. */
async function fail(...lines: string[]): Promise<void> {
  const script = `console.error(${JSON.stringify(lines.join('\n'))}); process.exitCode = 1`;
  return runQuietly(process.execPath, ['-e', script], {
    cwd: process.cwd(),
    signal: new AbortController().signal,
  });
}

describe('a program that runs quietly', () => {
  it('passes on its lines, whole', async () => {
    const lines: string[] = [];
    await runQuietly(process.execPath, ['-e', `process.stdout.write('on'); console.log('e\\ntwo')`], {
      cwd: process.cwd(),
      signal: new AbortController().signal,
      onLine: (line) => lines.push(line),
    });
    assert.deepEqual(lines, ['one', 'two']);
  });

  it('fails with what npm calls its errors', async () => {
    const said = [
      'npm http fetch GET 404',
      'npm error code E404',
      'npm error 404 No such package',
      'npm error A complete log of this run can be found in: /x/y-debug-0.log',
    ];
    await assert.rejects(fail(...said), new ProgramError('code E404\n404 No such package'));
  });

  it('fails with the last words of another program', async () => {
    await assert.rejects(
      fail('Collecting x', 'ERROR: No matching distribution found', 'WARNING: pip is old', '╰────╯'),
      new ProgramError('ERROR: No matching distribution found'),
    );
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const running = runQuietly(process.execPath, ['-e', `console.log('up'); setInterval(() => {}, 1000)`], {
      cwd: process.cwd(),
      signal: stop.signal,
      onLine: () => stop.abort(),
    });
    await assert.rejects(running, { name: 'AbortError' });
  });
});
