// Fetches the artifacts that its arguments name by their folders. Each is completed in a draft folder, which only then
// gets its name. So an interrupted one is fetched again, and a complete one is not.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processId } from '../processes/process-id.ts';
import { runTasks } from '../task-list.ts';
import { stampOf, artifactFolder, artifactIn } from './artifacts.js';
import { fetchArtifact } from './fetch-artifact.ts';
import { artifactsFolder } from './folders.js';
import { makeFolder } from './preflight.js';
import { report } from './user-error.js';

const [python, ...names] = process.argv.slice(2);
if (!python) throw new Error('which Python?');
const folder = artifactsFolder();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.on('disconnect', () => stop.abort());

const tasks = names.map(artifactIn).map((artifact) => ({
  title: artifact.name,
  run: async (say: (progress: string) => void) => {
    const draft = path.join(folder, `.fetching-${process.pid}-${artifact.folder}`);
    mkdirSync(draft);
    await fetchArtifact(artifact, { python, draft, signal: stop.signal, say });
    writeFileSync(path.join(draft, '.stamp'), stampOf(artifact));
    // An older version of the same artifact, or one that another copy finished meanwhile.
    rmSync(artifactFolder(artifact), { recursive: true, force: true });
    renameSync(draft, artifactFolder(artifact));
    return `${artifact.name}: fetched`;
  },
}));

try {
  makeFolder(folder);
  removeDrafts(({ pid }) => !processId(pid));
  await runTasks(tasks, { atOnce: 2 });
} catch (error) {
  if (stop.signal.aborted)
    console.error('Stopped. Finished downloads are kept; the next run fetches the rest.');
  else report(error);
  process.exitCode = 1;
} finally {
  stop.abort();
  removeDrafts(({ pid }) => pid === process.pid);
  if (process.connected) process.disconnect();
}

/** The name of a draft holds the id of the process that makes it. */
function removeDrafts(which: (owner: { pid: number }) => boolean): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^\.fetching-(\d+)-/.exec(name)?.[1]);
    if (pid && which({ pid })) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
