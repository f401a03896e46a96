import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chownSync, cpSync, lchownSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { infrastructure } from '#test/support/infrastructure.ts';
import { startIn } from '#test/support/system/npm-start.ts';
import type { RunningStack } from '#test/support/system/npm-start.ts';
import { CHECKOUT, isReachable, postgresUser } from '#tools/stack/bootstrap/folders.js';
import { findProcess } from '#tools/stack/bootstrap/processes/process-table.js';
import { readProcessRegistry } from '#tools/stack/processes/process-registry.ts';
import { freePorts } from '#tools/stack/settings/ports.ts';
import { eventually } from '#tools/testbed/eventually.ts';

const HIDE_PROC = path.join(CHECKOUT, 'test/support/system/hide-proc.ts');
const NOT_SOURCES: ReadonlySet<string> = new Set(['node_modules', '.gozon', '.git']);

describe('npm start in a path with spaces, by a user without rights, where only ps knows the processes,', function () {
  this.timeout(400_000);
  const checkout = path.join(mkdtempSync(path.join(tmpdir(), 'gozon ')), 'a checkout');
  let stack: RunningStack | undefined;
  let second: PromiseSettledResult<RunningStack> | undefined;

  before('two of them at the same moment', async function () {
    if ((await execa('ps', ['-A'], { reject: false })).failed) this.skip();
    const { artifacts } = infrastructure().settings;
    const modules = path.join(CHECKOUT, 'node_modules');
    const canSwitch =
      process.getuid?.() === 0 && [modules, artifacts].every((at) => isReachable(at, undefined));
    const user = canSwitch ? postgresUser() : undefined;
    for (const name of readdirSync(CHECKOUT).filter((each) => !NOT_SOURCES.has(each)))
      cpSync(path.join(CHECKOUT, name), path.join(checkout, name), { recursive: true });
    symlinkSync(modules, path.join(checkout, 'node_modules'));
    if (user) giveTo(user, path.dirname(checkout));

    const environment = {
      ...(await freePorts()),
      GOZON_HOME: path.join(checkout, '.gozon'),
      GOZON_PARTS: artifacts,
    };
    const words = ['tools/stack/bootstrap/bootstrap.js', '--with=stack', 'tools/stack/start.ts'];
    const options = { checkout, user, words, nodeOptions: `--import=${HIDE_PROC}` };
    const both = await Promise.allSettled([startIn(environment, options), startIn(environment, options)]);
    stack = both.find((each) => each.status === 'fulfilled')?.value;
    second = both.find((each) => each.status === 'rejected');
  });

  after(async () => {
    await stack?.stop();
    rmSync(path.dirname(checkout), { recursive: true, force: true });
  });

  it('starts once: the other waits until it runs, and says so', () => {
    assert.ok(stack && second?.status === 'rejected', 'neither or both of them started');
    assert.match(String(second.reason), /is starting Gozon in .*Waiting for it\..*is already running in /s);
  });

  it('pays an order', async () => {
    assert.ok(stack);
    await payOrder(stack);
  });

  it('ends the backends of a database server that was killed, and starts it again', async () => {
    assert.ok(stack);
    kill(stack, 'postgres');
    await eventually('PostgreSQL to be back', () => stack?.output().includes('postgres is back.'), {
      within: 120_000,
    });
    await payOrder(stack);
  });

  it('makes the namespace again when Temporal has lost its data', async () => {
    assert.ok(stack);
    kill(stack, 'temporal');
    rmSync(path.join(stack.settings.data, 'temporal'), { recursive: true });
    await eventually('Temporal to be back', () => stack?.output().includes('temporal is back.'), {
      within: 120_000,
    });
    await payOrder(stack);
  });

  it('stops all that it started', async () => {
    assert.ok(stack);
    const { processes = [], supervisor } = readProcessRegistry(stack.settings.home) ?? {};
    assert.ok(supervisor && processes.length > 5);
    const { code, output } = await stack.stop();
    assert.equal(code, 0, output);
    assert.deepEqual(
      processes.filter(({ pid, name }) => findProcess(pid)?.command.includes(name)),
      [],
    );
    assert.equal(findProcess(supervisor.pid), undefined);
    assert.equal(readProcessRegistry(stack.settings.home), undefined);
  });
});

function kill({ settings }: RunningStack, component: string): void {
  const { processes = [] } = readProcessRegistry(settings.home) ?? {};
  const found = processes.find(({ name }) => name === component);
  assert.ok(found);
  process.kill(found.pid, 'SIGKILL');
}

async function payOrder({ client }: RunningStack): Promise<void> {
  const customer = client.as(randomUUID());
  // The services may still be connecting again.
  const orderId = await eventually(
    'an order to be accepted',
    async () => {
      await customer.openAccount();
      await customer.topUp(5000n);
      return (await customer.placeOrder({ amount: 1999n, description: 'A book' })).orderId;
    },
    { within: 60_000 },
  );
  const isPaid = async () => (await customer.order(orderId)).status === 'paid';
  await eventually('the order to be paid', isPaid, { within: 60_000 });
}

function giveTo({ uid, gid }: { uid: number; gid: number }, folder: string): void {
  chownSync(folder, uid, gid);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lchownSync(path.join(folder, name), uid, gid);
}
