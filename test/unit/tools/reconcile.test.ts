import assert from 'node:assert/strict';
import { newId } from '#contracts/values/ids.ts';
import { answerInTurn, refused } from '#test/support/answer-in-turn.ts';
import type { Answer } from '#test/support/answer-in-turn.ts';

const [first, second] = [newId(), newId()];

function page({ ...given }: object = {}): Answer {
  const nothing = { waiting: 0, findings: [], reported: 0, notReported: null, nextCursor: null };
  return { body: { compared: 10, ...nothing, ...given } };
}

const lost = { orderId: newId(), kind: 'event_lost', detail: 'lost' };
const wrong = { orderId: newId(), kind: 'wrong_status', detail: 'wrong' };
const behind = page({ findings: [lost], notReported: 'orders has not read every reported event yet' });

const BECAUSE = ['--reason', 'a test', '--as', 'me'];

describe('npm run reconcile', function () {
  this.timeout(60_000);

  it('waits as told when the gateway limits it or a part is away, and compares every page', async () => {
    await using gateway = await answerInTurn([
      page({ nextCursor: first }),
      refused(429, 'rate_limited', '1'),
      refused(503, 'unavailable'),
      refused(504, 'upstream_timeout'),
      // A load balancer's own, while no gateway is there.
      { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>' },
      {
        status: 503,
        headers: { 'Content-Type': 'text/html', 'Retry-After': new Date().toUTCString() },
        body: '',
      },
      page(),
    ]);
    const { exitCode, stdout, stderr } = await gateway.run('reconcile', ...BECAUSE);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /Compared orders: 20,/);
    assert.match(stderr, /Waiting, since the gateway cannot answer now: 429 rate_limited/);
    assert.deepEqual(gateway.received, [
      { dryRun: false, as: 'me', reason: 'a test' },
      ...Array.from({ length: 6 }, () => ({ dryRun: false, as: 'me', reason: 'a test', cursor: first })),
    ]);
  });

  it('exits with 1 when an outage outlasts its timeout', async () => {
    await using gateway = await answerInTurn([refused(503, 'unavailable', '30')]);
    const { exitCode, stderr } = await gateway.run('reconcile', ...BECAUSE, '--timeout', '2');
    assert.equal(exitCode, 1);
    assert.match(stderr, /The gateway gave no answer within 2 s: 503 unavailable/);
  });

  it('exits with 1 at once when the gateway refuses it', async () => {
    await using gateway = await answerInTurn([refused(403, 'operator_only')]);
    const { exitCode, stderr } = await gateway.run('reconcile', ...BECAUSE);
    assert.equal(exitCode, 1);
    assert.match(stderr, /The gateway refuses: 403 operator_only/);
    assert.equal(gateway.received.length, 1);
  });

  it('waits until lost events can be reported again', async () => {
    await using gateway = await answerInTurn([behind, page({ findings: [lost], reported: 1 })]);
    const { exitCode, stdout, stderr } = await gateway.run('reconcile', ...BECAUSE);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /Compared orders: 10,/);
    assert.match(stdout, /Lost events: 1, of which 1 are reported again\./);
  });

  it('exits with 4 when lost events could not be reported again within its timeout', async () => {
    await using gateway = await answerInTurn([behind]);
    const { exitCode, stdout } = await gateway.run('reconcile', ...BECAUSE, '--timeout', '0');
    assert.equal(exitCode, 4);
    assert.match(stdout, /Lost events: 1, of which 0 are reported again; orders has not read every/);
  });

  it('exits with 0 after a dry run that finds lost events, which it reports to nobody', async () => {
    await using gateway = await answerInTurn([page({ findings: [lost], notReported: 'this is a dry run' })]);
    const { exitCode } = await gateway.run('reconcile', '--dry-run');
    assert.equal(exitCode, 0);
    assert.equal(gateway.received.length, 1);
  });

  it('continues where the last run was stopped, with what that found', async () => {
    await using gateway = await answerInTurn([
      page({ findings: [wrong], nextCursor: first }),
      page({ nextCursor: second }),
      refused(500, 'internal_error'),
      page(),
    ]);
    assert.equal((await gateway.run('reconcile', ...BECAUSE)).exitCode, 1);
    const { exitCode, stdout, stderr } = await gateway.run('reconcile', ...BECAUSE, '--json');
    assert.match(
      stderr,
      /Continues after the 20 orders that a run compared until .* --restart begins again\./,
    );
    assert.equal(exitCode, 3);
    const { compared, findings } = JSON.parse(stdout) as { compared: number; findings: unknown };
    assert.deepEqual([compared, findings], [30, [wrong]]);
    assert.deepEqual(gateway.received.at(-1), { dryRun: false, as: 'me', reason: 'a test', cursor: second });
    await gateway.run('reconcile', ...BECAUSE);
    assert.deepEqual(
      gateway.received.at(-1),
      { dryRun: false, as: 'me', reason: 'a test' },
      'a run that has ended is not continued',
    );
  });

  it('begins again with --restart, and with other options', async () => {
    await using gateway = await answerInTurn([
      page({ nextCursor: first }),
      refused(500, 'internal_error'),
      page(),
    ]);
    await gateway.run('reconcile', ...BECAUSE);
    await gateway.run('reconcile', '--dry-run');
    assert.deepEqual(gateway.received.at(-1), { dryRun: true });
    await gateway.run('reconcile', ...BECAUSE, '--restart');
    assert.deepEqual(gateway.received.at(-1), { dryRun: false, as: 'me', reason: 'a test' });
  });
});
