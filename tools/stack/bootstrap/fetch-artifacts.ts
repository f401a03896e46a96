// Fetches the parts that are named by their folders. Each is made whole in a folder aside and only then gets its name,
// so that one cut short is fetched anew, and those already whole are not.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processId } from '../processes/process-id.ts';
import { runTasks } from '../task-list.ts';
import { stampOf, artifactFolder, artifactIn } from './artifacts.js';
import { fetchPart } from './fetch-artifact.ts';
import { artifactsFolder } from './folders.js';
import { makeFolder } from './preflight.js';
import { report } from './user-error.js';

const [python, ...folders] = process.argv.slice(2);
if (!python) throw new Error('which Python?');
const parts = artifactsFolder();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.on('disconnect', () => stop.abort());

const tasks = folders.map(artifactIn).map((part) => ({
  title: part.name,
  run: async (say: (progress: string) => void) => {
    const draft = path.join(parts, `.fetching-${process.pid}-${part.folder}`);
    mkdirSync(draft);
    await fetchPart(part, { python, draft, signal: stop.signal, say });
    writeFileSync(path.join(draft, '.stamp'), stampOf(part));
    // An older version of the same part, or one that another copy finished meanwhile.
    rmSync(artifactFolder(part), { recursive: true, force: true });
    renameSync(draft, artifactFolder(part));
    return `${part.name}: fetched`;
  },
}));

try {
  makeFolder(parts);
  removeDrafts(({ pid }) => !processId(pid));
  await runTasks(tasks, { atOnce: 2 });
} catch (error) {
  if (stop.signal.aborted)
    console.error('Stopped; what is whole is kept, and the next start fetches the rest.');
  else report(error);
  process.exitCode = 1;
} finally {
  stop.abort();
  removeDrafts(({ pid }) => pid === process.pid);
  if (process.connected) process.disconnect();
}

/** Drafts bear the number of the process that makes them. */
function removeDrafts(which: (owner: { pid: number }) => boolean): void {
  for (const name of readdirSync(parts)) {
    const pid = Number(/^\.fetching-(\d+)-/.exec(name)?.[1]);
    if (pid && which({ pid })) rmSync(path.join(parts, name), { recursive: true, force: true });
  }
}
