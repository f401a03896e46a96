// Preloaded into a process (node --import), and so into its threads: SIGUSR2 begins a CPU profile of each thread, and the
// next one ends it and writes <thread>.cpuprofile.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';
import { PROFILE_FOLDER } from './profile-folder.ts';

const folder = process.env[PROFILE_FOLDER];

/** Between samples, in µs. */
const INTERVAL = 500;

if (folder !== undefined) {
  const session = new Session();
  let isRecording = false;
  const toggle = async () => {
    isRecording = !isRecording;
    if (isRecording) {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
      await session.post('Profiler.start');
    } else {
      const { profile } = await session.post('Profiler.stop');
      writeFileSync(
        path.join(folder, `${isMainThread ? 'main' : threadId}.cpuprofile`),
        JSON.stringify(profile),
      );
      session.disconnect();
    }
  };
  // Signals come to the main thread alone.
  const channel = new BroadcastChannel('cpu-profile');
  channel.unref();
  if (isMainThread) {
    process.on('SIGUSR2', () => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that of a window; threads have no origin
      channel.postMessage('toggle');
      void toggle();
    });
  } else {
    channel.addEventListener('message', () => void toggle());
  }
}
