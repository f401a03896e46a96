import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withLock } from '#tools/stack/bootstrap/processes/with-lock.js';

describe('a lock between processes', function () {
  this.timeout(60_000);
  let folder: string;
  let lock: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gozon-lock-'));
    lock = path.join(folder, 'the lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A process that imports `withLock`, with `lock` and `folder` to use. */
  function start(code: string) {
    const file = import.meta.resolve('#tools/stack/bootstrap/processes/with-lock.js');
    const script = `import { readFileSync, writeFileSync } from 'node:fs';
      import { withLock } from ${JSON.stringify(file)};
      const [lock, folder] = ${JSON.stringify([lock, folder])};
      ${code}`;
    return spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  it('lets one in at a time, also where each frees it at once', async () => {
    const count = path.join(folder, 'count');
    writeFileSync(count, '0');
    const children = Array.from({ length: 4 }, () =>
      start(`for (let turn = 0; turn < 25; turn++)
        await withLock(lock, () => {}, async () => {
          const before = Number(readFileSync(folder + '/count', 'utf8'));
          await new Promise(setImmediate);
          writeFileSync(folder + '/count', String(before + 1));
        });`),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.equal(readFileSync(count, 'utf8'), '100');
  });

  it('is free when the process that held it was killed', async () => {
    const holder = start(`await withLock(lock, () => {}, async () => {
      console.log('held');
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });`);
    await once(holder.stdout, 'data');
    const told: string[] = [];
    const entered = withLock(
      lock,
      () => {
        told.push('waiting');
        holder.kill('SIGKILL');
      },
      async () => 'entered',
    );
    assert.equal(await entered, 'entered');
    assert.deepEqual(told, ['waiting']);
  });

  it('is free after an error', async () => {
    const failing = withLock(lock, assert.fail, async () => Promise.reject(new Error('broken')));
    await assert.rejects(failing, /broken/);
    assert.equal(await withLock(lock, assert.fail, async () => 1), 1);
  });
});
