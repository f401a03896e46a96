import { Listr } from 'listr2';

/** How often a line is drawn in a terminal, and printed without one, in ms. */
const DRAW_EVERY = 100;
const LINE_EVERY = 5_000;

/**
 * Shows the progress of some work: one live line in a terminal, elsewhere a plain line every 5 s. The last text stays.
 * @param work calls `say` as often as anything changes
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
    // Each change of the title redraws the screen, which would slow a fast load.
    const timer = setInterval(() => (line.title = last), DRAW_EVERY);
    try {
      done.resolve(await work((progress) => (last = `${title}: ${progress}`)));
    } finally {
      clearInterval(timer);
      line.title = last;
    }
  };
  await new Listr([{ title, task }], {
    // We handle Ctrl-C.
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
