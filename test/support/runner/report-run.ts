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
  // Of a long output most is never read: the reasons are repeated where it ends.
  for (const { lane, failed } of results) {
    for (const { title, reason } of failed) console.log(`\nFailed in ${lane}: ${title}\n${indent(reason)}`);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(7)} s`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}
