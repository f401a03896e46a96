import { Listr } from 'listr2';

export interface Task {
  title: string;
  /** Returns what its line says in the end. `say` shows how far it is, in a terminal. */
  run: (say: (progress: string) => void) => Promise<string>;
}

/** Runs tasks side by side: live lines in a terminal, one plain line for each that is done elsewhere. Rejects with the first error. */
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
    // Ctrl-C is ours to handle.
    registerSignalListeners: false,
    // The caller says what went wrong.
    rendererOptions: { showErrorMessage: false },
    fallbackRenderer: 'silent',
  }).run();
}
