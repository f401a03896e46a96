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
});
