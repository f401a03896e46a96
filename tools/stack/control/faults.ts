import { problems } from '#contracts/http/problems.ts';
import type { StackPart } from '#contracts/http/stack-api.ts';
import { STACK_COMPONENTS } from '#contracts/values/stack-bounds.ts';
import type { StackComponentName } from '#contracts/values/stack-bounds.ts';
import type { Journal } from '../processes/journal.ts';
import { pauseTree, resumeTree } from '../processes/process-tree.ts';
import type { Supervised } from '../processes/supervise.ts';

/** What can be done to the components of a running stack. Disposing lets everything go on. */
export interface Faults extends Disposable {
  states(): StackPart[];
  /**
   * Kill is kill -9, and the supervisor starts the component again; a pause stops it in its tracks for so many seconds.
   * @throws Problem 409 `stack_busy` while it does not run, or is not paused that is to be resumed
   */
  strike(fault: { part: StackComponentName; fault: 'kill' | 'pause' | 'resume'; seconds: number }): void;
}

/** In ms: what is done to the gateway waits until it has passed our answer on. */
const ANSWERED = 200;

interface Pause {
  readonly pid: number;
  readonly until: Date;
  readonly timer: NodeJS.Timeout;
}

export function createFaults(components: readonly Supervised[], journal: Journal): Faults {
  const pauses = new Map<string, Pause>();

  const running = (name: StackComponentName): Supervised => {
    const component = components.find((each) => each.name === name);
    if (!component?.up) throw problems.stackBusy(`${name} is not running.`);
    return component;
  };
  /** The pause that a component is in now: one of a process that has died since is none. */
  const pauseOf = ({ name, running: { pid }, up }: Supervised) => {
    const pause = pauses.get(name);
    return up && pause?.pid === pid ? pause : undefined;
  };
  const goOn = (name: string) => {
    const pause = pauses.get(name);
    if (!pause) return;
    clearTimeout(pause.timer);
    pauses.delete(name);
    // Its process may have died since, and the number be another's.
    if (
      components.some(
        (component) => component.name === name && component.up && component.running.pid === pause.pid,
      )
    ) {
      resumeTree(pause.pid);
      journal.note('recovery', `${name} goes on.`);
    }
  };

  const kill = (component: Supervised) => {
    // Children that stand still would not notice that their parent is gone.
    goOn(component.name);
    component.running.kill('SIGKILL');
  };
  const halt = ({ name, running: { pid } }: Supervised, seconds: number) => {
    clearTimeout(pauses.get(name)?.timer);
    pauseTree(pid);
    const timer = setTimeout(() => goOn(name), seconds * 1000).unref();
    pauses.set(name, { pid, until: new Date(Date.now() + seconds * 1000), timer });
    journal.note('fault', `${name} is paused for ${seconds} s.`);
  };

  return {
    states: () =>
      STACK_COMPONENTS.map((name) => {
        const component = components.find((each) => each.name === name);
        const pause = component && pauseOf(component);
        const state = pause ? 'paused' : component?.up ? 'running' : 'stopped';
        return { name, state, pausedUntil: pause?.until.toISOString() ?? null };
      }),
    strike({ part: name, fault, seconds }) {
      const component = running(name);
      if (fault === 'resume' && !pauseOf(component)) {
        throw problems.stackBusy(`${name} is not paused.`);
      }
      const act = {
        kill: () => kill(component),
        pause: () => halt(component, seconds),
        resume: () => goOn(name),
      }[fault];
      if (name === 'gateway') setTimeout(act, ANSWERED).unref();
      else act();
    },
    [Symbol.dispose]: () => STACK_COMPONENTS.forEach(goOn),
  };
}
