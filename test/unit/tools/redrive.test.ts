import assert from 'node:assert/strict';
import { answerInTurn, refused } from '#test/support/answer-in-turn.ts';

const BECAUSE = ['--reason', 'a test', '--as', 'me'];

describe('npm run redrive', function () {
  this.timeout(60_000);

  it('exits with 1 and a message when a call redrives nothing although dead letters are left', async () => {
    await using gateway = await answerInTurn([
      { body: { rows: 1, deadLetters: 500, deadLettersLeft: 3 } },
      { body: { rows: 0, deadLetters: 0, deadLettersLeft: 3 } },
    ]);
    const { exitCode, stdout, stderr } = await gateway.run('redrive', ...BECAUSE, '--dead-letters');
    assert.equal(exitCode, 1, stderr);
    assert.equal(stdout, '1 outbox row will be retried now.\n500 dead letters redriven.');
    assert.match(stderr, /^\n3 dead letters left, and the last call redrove none: .* run this again\.$/);
    assert.equal(gateway.received.length, 2);
  });

  it('waits as told when a part is away', async () => {
    await using gateway = await answerInTurn([
      { body: { rows: 1, deadLetters: 500, deadLettersLeft: 3 } },
      refused(503, 'unavailable', '1'),
      refused(504, 'upstream_timeout'),
      { body: { rows: 0, deadLetters: 3, deadLettersLeft: 0 } },
    ]);
    const { exitCode, stdout, stderr } = await gateway.run('redrive', ...BECAUSE, '--dead-letters');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /503 dead letters redriven\./);
  });

  it('says how many rows wait for their first attempt when none waits for a retry', async () => {
    await using gateway = await answerInTurn([
      { body: { rows: 0, deadLetters: 0, deadLettersLeft: 0 } },
      { body: { outbox: { pending: 136 } } },
    ]);
    const { stdout } = await gateway.run('redrive', ...BECAUSE);
    assert.equal(stdout, 'No outbox row waits for a retry; 136 wait for their first attempt.');
  });

  it('lists dead letters without a reason, and says how many more there are', async () => {
    const deadLetter = {
      partition: 0,
      offset: 17,
      at: '2026-11-22T18:51:26.000Z',
      key: 'a key',
      code: 'not_json',
      reason: 'it is not JSON',
      source: 'payment-status.v1/3/1200',
    };
    await using gateway = await answerInTurn([{ body: { deadLetters: [deadLetter], deadLettersLeft: 2 } }]);
    const { exitCode, stdout, stderr } = await gateway.run('redrive', '--list');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /0\/17 .*2026-11-22T18:51:26.000Z .*a key .*not_json .*it is not JSON/);
    assert.match(stdout, /\n3 dead letters, of which the first 1 are shown\.$/);
  });

  it('skips dead letters up to a position, and nothing else', async () => {
    await using gateway = await answerInTurn([{ body: { skipped: 18 } }]);
    const { stdout, stderr } = await gateway.run('redrive', ...BECAUSE, '--skip', '0/17');
    assert.equal(stdout, '18 dead letters skipped.', stderr);
    assert.deepEqual(gateway.received, [{ partition: 0, offset: 17, reason: 'a test', as: 'me' }]);
  });

  it('changes nothing without a reason, nor by a position that is none', async () => {
    await using gateway = await answerInTurn([{ body: {} }]);
    assert.match((await gateway.run('redrive')).stderr, /Say why by --reason/);
    assert.match((await gateway.run('redrive', ...BECAUSE, '--skip', '17')).stderr, /such as 0\/17/);
    assert.deepEqual(gateway.received, []);
  });
});
