import assert from 'node:assert/strict';
import { withSharedSystem } from '#test/support/system/shared-system.ts';
import { playStory } from '#tools/load/demo/play-story.ts';

describe('the story of npm run demo', () => {
  const system = withSharedSystem();

  it('ends as it says', async () => {
    const lines: string[] = [];
    await playStory({
      gozon: system().client,
      say: (line) => void lines.push(line),
      workflowUrl: (workflowId) => workflowId,
      timeout: 60_000,
      signal: new AbortController().signal,
    });
    assert.match(
      lines.at(-1) ?? '',
      /has 22\.51 EUR, and 3 orders: Two lamps \(paid\), A bicycle \(failed\), A book \(paid\)\.$/,
    );
  });
});
