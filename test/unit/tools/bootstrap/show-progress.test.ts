import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { showProgress } from '#tools/stack/bootstrap/fetch/show-progress.js';

function screen(isTTY: boolean) {
  const out = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 24 });
  return { out: out as unknown as NodeJS.WriteStream, read: () => String(out.read() ?? '') };
}

describe('the progress of downloads', () => {
  it('has one line for each in a terminal, which is drawn again in its place and never wraps', () => {
    const { out, read } = screen(true);
    const lines = showProgress(['Java', 'Kafka'], out);
    lines.say(0, '1 of 36 MB');
    assert.equal(read(), '\u001B[2K  Java: 1 of 36 MB\n\u001B[2K  Kafka: waiting\n');
    lines.end(1, 'fetched after 12.3 s');
    assert.equal(read(), '\u001B[2A\u001B[2K  Java: 1 of 36 MB\n\u001B[2K✔ Kafka: fetched after \n');
  });

  it('is a line for each that ends, or waits for another command, where nobody watches', () => {
    const { out, read } = screen(false);
    const lines = showProgress(['Java', 'Kafka'], out);
    lines.say(0, '1 of 36 MB');
    lines.say(1, 'another command is fetching it');
    lines.end(1, 'fetched after 12.3 s');
    lines.fail(0, 'not fetched');
    assert.equal(
      read(),
      'Kafka: another command is fetching it\nKafka: fetched after 12.3 s\nJava: not fetched\n',
    );
  });
});
