import type { LaneResult } from './run-lanes.ts';

/** How many suites are named. */
const SLOWEST = 12;

/** Prints how long the lanes and the slowest suites took, and what failed. */
export function reportRun(results: readonly LaneResult[]): void {
  const suites = results.flatMap(({ lane, suites: all }) => all.map((suite) => ({ lane, ...suite })));
  console.log('\nThe slowest suites, with their hooks:');
  for (const { lane, title, ms } of suites.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST)) {
    console.log(`${seconds(ms)}  ${lane.padEnd(8)}  ${title}`);
  }
  console.log('\nThe lanes:');
  for (const { lane, ms, passed, failed } of results) {
    console.log(`${seconds(ms)}  ${lane.padEnd(8)}  ${passed} passed, ${failed.length} failed`);
  }
  const failed = results.flatMap(({ lane, failed: titles }) => titles.map((title) => `${lane}: ${title}`));
  if (failed.length > 0)
    console.log(['\nFailed, with the reasons in the output of their lanes:', ...failed].join('\n  '));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(7)} s`;
}
