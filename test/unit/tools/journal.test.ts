import assert from 'node:assert/strict';
import { createJournal } from '#tools/stack/processes/journal.ts';

describe('the journal of npm start', () => {
  it('prints what happens with its time, by which it is found in the logs, and keeps it', () => {
    const lines: string[] = [];
    const journal = createJournal((line) => lines.push(line));
    journal.note('recovery', 'postgres is back.');
    const [event] = journal.events();
    assert.equal(event?.text, 'postgres is back.');
    assert.match(event.at, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    assert.deepEqual(lines, [`${event.at} postgres is back.`]);
  });
});
