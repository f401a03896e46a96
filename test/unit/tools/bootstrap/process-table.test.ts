import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { isAlive, processId } from '#tools/stack/bootstrap/processes/process-id.js';
import { findProcess, listProcesses, readPs } from '#tools/stack/bootstrap/processes/process-table.js';

/** As macOS prints them, with `-o pid= -o ppid= -o state= -o lstart= -o command=`. */
const OF_MACOS = `    1     0 Ss   Tue Nov 24 07:58:01 2026     /sbin/launchd
  812   700 S+   Tue Dec  1 15:21:14 2026     npm start
  813   812 S+   Tue Dec  1 15:21:14 2026     node tools/stack/bootstrap/bootstrap.js --with=stack tools/stack/start.ts
  900   813 Ss   Tue Dec  1 15:21:19 2026     /Users/a b/gozon/native/bin/postgres -D /Users/a b/gozon/.gozon/data/postgres
  901   900 Ss   Tue Dec  1 15:21:20 2026     postgres: gozon-1f: checkpointer  
  950   900 Z    Tue Dec  1 15:21:20 2026     (postgres)
`;

describe('the processes that ps lists', () => {
  it('are read with parents, starts and commands that hold spaces, but for those that have ended', () => {
    assert.deepEqual(readPs(OF_MACOS).slice(1), [
      { pid: 812, parent: 700, startTime: 'Tue Dec  1 15:21:14 2026', command: 'npm start' },
      {
        pid: 813,
        parent: 812,
        startTime: 'Tue Dec  1 15:21:14 2026',
        command: 'node tools/stack/bootstrap/bootstrap.js --with=stack tools/stack/start.ts',
      },
      {
        pid: 900,
        parent: 813,
        startTime: 'Tue Dec  1 15:21:19 2026',
        command: '/Users/a b/gozon/native/bin/postgres -D /Users/a b/gozon/.gozon/data/postgres',
      },
      {
        pid: 901,
        parent: 900,
        startTime: 'Tue Dec  1 15:21:20 2026',
        command: 'postgres: gozon-1f: checkpointer',
      },
    ]);
  });
});

const HIDE_PROC = path.resolve(import.meta.dirname, '../../../support/system/hide-proc.ts');
const TABLE = import.meta.resolve('#tools/stack/bootstrap/processes/process-table.js');

describe('a process', () => {
  it('is found with its parent, its command and the time of its start, until it ends', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'a word']);
    const { pid } = child;
    assert.ok(pid);
    await once(child, 'spawn');
    const found = findProcess(pid);
    assert.equal(found?.parent, process.pid);
    assert.match(found.command, / a word$/);
    assert.deepEqual(
      listProcesses().find((each) => each.pid === pid),
      found,
    );
    const id = processId(pid);
    assert.ok(id);
    assert.ok(isAlive(id));
    assert.ok(!isAlive({ ...id, startTime: 'another' }));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(!isAlive(id));
    assert.equal(findProcess(pid), undefined);
  });

  it('is found by ps as by /proc', function () {
    if (spawnSync('ps', ['-V']).error) this.skip();
    const script = `import { findProcess, listProcesses } from ${JSON.stringify(TABLE)};
      const found = findProcess(${process.pid});
      console.log(JSON.stringify([found, listProcesses().some(({ pid }) => pid === ${process.pid})]));`;
    const { stdout } = spawnSync(
      process.execPath,
      [`--import=${HIDE_PROC}`, '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    const own = findProcess(process.pid);
    const [{ pid, parent, command, startTime }, isListed] = JSON.parse(stdout) as [
      { pid: number; parent: number; command: string; startTime: string },
      boolean,
    ];
    assert.deepEqual(
      { pid, parent, command, isListed },
      { pid: own?.pid, parent: own?.parent, command: own?.command, isListed: true },
    );
    assert.match(startTime, /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/);
  });
});
