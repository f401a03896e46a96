import { Listr } from 'listr2';

export interface Task {
  title: string;
  /** Returns the final text of its line. `say` shows progress, in a terminal. */
  run: (say: (progress: string) => void) => Promise<string>;
}

/**
 * Runs tasks concurrently: live lines in a terminal, elsewhere one plain line for each finished task. Rejects with the
 * first error.
 */
export async function runTasks(
  tasks: Task[],
  { atOnce = tasks.length }: { atOnce?: number } = {},
): Promise<void> {
  const list = tasks.map(({ title, run }) => ({
    title,
    task: async (_: unknown, line: { title: string; output: string }) => {
      line.title = await run((progress) => (line.output = progress));
      if (!process.stdout.isTTY) console.log(line.title);
    },
  }));
  await new Listr(list, {
    concurrent: atOnce,
    // We handle Ctrl-C.
    registerSignalListeners: false,
    // The caller prints the error.
    rendererOptions: { showErrorMessage: false },
    fallbackRenderer: 'silent',
  }).run();
}
