import { problems } from '#contracts/http/problems.ts';
import type { StackPart } from '#contracts/http/stack-api.ts';
import { STACK_COMPONENTS } from '#contracts/values/stack-bounds.ts';
import type { StackComponentName } from '#contracts/values/stack-bounds.ts';
import type { Journal } from '../processes/journal.ts';
import { pauseTree, resumeTree } from '../processes/process-tree.ts';
import type { Supervised } from '../processes/supervise.ts';

export interface FaultRequest {
  readonly part: StackComponentName;
  readonly fault: 'kill' | 'pause' | 'resume';
  /** How long a pause lasts. */
  readonly seconds: number;
}

/** Faults for the components of a running stack. Disposing resumes all that are paused. */
export interface Faults extends Disposable {
  states(): StackPart[];
  /**
   * `kill` is kill -9, after which the supervisor starts the component again. `pause` is SIGSTOP of all its processes.
   * @throws Problem 409 `stack_busy` while the component does not run, or when `resume` meets one that is not paused
   */
  injectFault(request: FaultRequest): void;
}

/** In ms. A fault of the gateway waits this long, so that the gateway can still forward our reply. */
const REPLY_FORWARDED = 200;

interface Pause {
  readonly pid: number;
  readonly until: Date;
  readonly timer: NodeJS.Timeout;
}

export function createFaults(components: readonly Supervised[], journal: Journal): Faults {
  const pauses = new Map<string, Pause>();

  const requireRunning = (name: StackComponentName): Supervised => {
    const component = components.find((each) => each.name === name);
    if (!component?.up) throw problems.stackBusy(`${name} is not running.`);
    return component;
  };
  /** The pause that a component is in. The pause of a process that has died since does not count. */
  const pauseOf = ({ name, running: { pid }, up }: Supervised) => {
    const current = pauses.get(name);
    return up && current?.pid === pid ? current : undefined;
  };

  const resume = (name: string) => {
    const current = pauses.get(name);
    if (!current) return;
    clearTimeout(current.timer);
    pauses.delete(name);
    // Its process may have died since, and another may have its id.
    if (components.some((each) => each.name === name && each.up && each.running.pid === current.pid)) {
      resumeTree(current.pid);
      journal.note('recovery', `${name} is resumed.`);
    }
  };
  const kill = (component: Supervised) => {
    // Paused children would not notice that their parent is gone.
    resume(component.name);
    component.running.kill('SIGKILL');
  };
  const pause = ({ name, running: { pid } }: Supervised, seconds: number) => {
    clearTimeout(pauses.get(name)?.timer);
    pauseTree(pid);
    const timer = setTimeout(() => resume(name), seconds * 1000).unref();
    pauses.set(name, { pid, until: new Date(Date.now() + seconds * 1000), timer });
    journal.note('fault', `${name} is paused for ${seconds} s.`);
  };

  return {
    states: () =>
      STACK_COMPONENTS.map((name) => {
        const component = components.find((each) => each.name === name);
        const current = component && pauseOf(component);
        const state = current ? 'paused' : component?.up ? 'running' : 'stopped';
        return { name, state, pausedUntil: current?.until.toISOString() ?? null };
      }),
    injectFault({ part: name, fault, seconds }) {
      const component = requireRunning(name);
      if (fault === 'resume' && !pauseOf(component)) {
        throw problems.stackBusy(`${name} is not paused.`);
      }
      const actions = {
        kill: () => kill(component),
        pause: () => pause(component, seconds),
        resume: () => resume(name),
      };
      if (name === 'gateway') setTimeout(actions[fault], REPLY_FORWARDED).unref();
      else actions[fault]();
    },
    [Symbol.dispose]: () => STACK_COMPONENTS.forEach(resume),
  };
}
