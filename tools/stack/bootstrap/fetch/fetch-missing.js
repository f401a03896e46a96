import { isFetched, needsOf } from '../artifacts.js';
import { artifactsFolder, homeFolder } from '../folders.js';
import { checkDisk, findPython } from '../preflight.js';
import { listenForStop } from '../processes/run-child.js';
import { UserError } from '../user-error.js';
import { fetchArtifact } from './fetch-artifact.js';
import { describePackages, installPackages, packagesAreInstalled } from './install-packages.js';
import { printDownloadPlan } from './print-download-plan.js';
import { showProgress } from './show-progress.js';

/**
 * Fetches what a purpose needs and is not there, all side by side. What is complete is kept if another fails.
 * @param {string | undefined} purpose as after `--with=`
 */
export async function fetchMissing(purpose) {
  const needs = needsOf(purpose);
  const which = needs.packages;
  const artifacts = needs.artifacts.filter((artifact) => !isFetched(artifact));
  const packages = packagesAreInstalled(which) ? [] : [describePackages(which)];
  const missing = [...packages, ...artifacts];
  if (missing.length === 0) return;
  const python = artifacts.some(({ npm }) => !npm) ? findPython() : '';
  checkDisk(missing);
  const { home, why } = homeFolder();
  if (why) console.log(`Everything is kept in ${home}. ${why}\n`);
  printDownloadPlan(missing, artifactsFolder());

  const stop = new AbortController();
  const release = listenForStop(() => stop.abort());
  try {
    await runSideBySide([
      ...packages.map(({ name }) => ({
        title: name,
        run: async (/** @type {Say} */ say) => installPackages(which, { signal: stop.signal, say }),
      })),
      ...artifacts.map((artifact) => ({
        title: artifact.name,
        run: async (/** @type {Say} */ say) => fetchArtifact(artifact, { python, signal: stop.signal, say }),
      })),
    ]);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new UserError('Stopped. Finished downloads are kept; the next run fetches the rest.');
  } finally {
    release();
  }
}

/** @typedef {(text: string) => void} Say */

/**
 * Lets all of them end, then rejects if any failed.
 * @param {{ title: string, run: (say: Say) => Promise<void> }[]} jobs
 */
async function runSideBySide(jobs) {
  const lines = showProgress(jobs.map(({ title }) => title));
  const began = performance.now();
  const ends = await Promise.allSettled(
    jobs.map(async ({ run }, index) => {
      try {
        await run((text) => lines.say(index, text));
        lines.end(index, `fetched after ${((performance.now() - began) / 1000).toFixed(1)} s`);
      } catch (error) {
        lines.fail(index, 'not fetched');
        throw error;
      }
    }),
  );
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  const bug = errors.find((error) => !(error instanceof UserError));
  if (bug) throw bug;
  if (errors.length > 0) throw new UserError(errors.map(({ message }) => message).join('\n\n'));
}
