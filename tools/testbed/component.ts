import type { Exit, Running } from '#tools/stack/processes/launch.ts';

/** A process of a system, which a test can end and start again on the same data and port. */
export interface Component {
  readonly pid: number;
  readonly url: string;
  /** As kill -9, and waits until it has ended; SIGQUIT is PostgreSQL's immediate stop. */
  kill(signal?: 'SIGKILL' | 'SIGQUIT'): Promise<void>;
  /** Waits until it has ended by itself. */
  gone(): Promise<Exit>;
  /** SIGTERM, and SIGKILL should it outlive its grace, as an orchestrator does; `ms` is how long it took to end. */
  terminate(): Promise<Exit & { ms: number }>;
  /** SIGSTOP: it stands still, its connections stay open. Ended by `resume`. */
  suspend(): void;
  resume(): void;
  /** Starts it again and waits until it is ready. */
  start(): Promise<void>;
  /** Whether it has ended, for any reason. */
  ended(): boolean;
}

export async function startComponent(launch: () => Promise<Running>): Promise<Component> {
  let running: Running;
  let ended = true;
  const start = async () => {
    running = await launch();
    ended = false;
    void noteEnd(running);
  };
  const noteEnd = async (mine: Running) => {
    await mine.exited;
    if (running === mine) ended = true;
  };
  await start();
  const end = async (signal: NodeJS.Signals) => {
    const { exited } = running;
    running.kill(signal);
    return exited;
  };
  return {
    get pid() {
      return running.pid;
    },
    get url() {
      return running.url;
    },
    async kill(signal = 'SIGKILL') {
      await end(signal);
    },
    gone: async () => running.exited,
    async terminate() {
      const began = performance.now();
      await running.stop();
      return { ...(await running.exited), ms: performance.now() - began };
    },
    suspend() {
      running.kill('SIGSTOP');
    },
    resume() {
      running.kill('SIGCONT');
    },
    start,
    ended: () => ended,
  };
}
