import { Listr } from 'listr2';

/** How often a line is drawn in a terminal, and printed without one, in ms. */
const DRAW_EVERY = 100;
const LINE_EVERY = 5_000;

/**
 * Shows how far some work is: one live line in a terminal, elsewhere a plain line now and then. What it says last stays.
 * @param work is given `say`, to be called as often as anything changes
 */
export async function showProgress<Result>(
  title: string,
  work: (say: (progress: string) => void) => Promise<Result>,
): Promise<Result> {
  return process.stdout.isTTY ? inTerminal(title, work) : inLines(title, work);
}

async function inTerminal<Result>(
  title: string,
  work: (say: (progress: string) => void) => Promise<Result>,
): Promise<Result> {
  const done = Promise.withResolvers<Result>();
  const task = async (_: unknown, line: { title: string }) => {
    let last = title;
    // Every change of the title draws the screen again, which a fast load would spend its time on.
    const timer = setInterval(() => (line.title = last), DRAW_EVERY);
    try {
      done.resolve(await work((progress) => (last = `${title}: ${progress}`)));
    } finally {
      clearInterval(timer);
      line.title = last;
    }
  };
  await new Listr([{ title, task }], {
    // Ctrl-C is ours to handle.
    registerSignalListeners: false,
    rendererOptions: { showErrorMessage: false },
  }).run();
  return done.promise;
}

async function inLines<Result>(
  title: string,
  work: (say: (progress: string) => void) => Promise<Result>,
): Promise<Result> {
  let last = '';
  let printed = '';
  const print = () => {
    if (last !== printed) console.log(`${title}: ${last}`);
    printed = last;
  };
  const timer = setInterval(print, LINE_EVERY);
  try {
    return await work((progress) => {
      last = progress;
    });
  } finally {
    clearInterval(timer);
    print();
  }
}
