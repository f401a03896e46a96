import type { Profiler } from 'node:inspector';

/** A call, with the time in it and in what it calls, in ms. */
export interface Frame {
  readonly name: string;
  readonly total: number;
  readonly self: number;
  readonly calls: readonly Frame[];
}

/** What V8 calls the time in which nothing runs, and what it takes to begin and end a profile. */
const LEFT_OUT = /^\(idle\)$|^post node:inspector$/;

/** Calls of the same function from the same place are one; idle time is left out. @returns the root, whose total is all */
export function foldProfile(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  nameOf: (call: Profiler.ProfileNode['callFrame']) => string,
): Frame {
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries())
    times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0) / 1000);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const fold = (name: string, same: readonly Profiler.ProfileNode[]): Frame => {
    const self = same.reduce((sum, { id }) => sum + (times.get(id) ?? 0), 0);
    const called = same
      .flatMap(({ children = [] }) => children.flatMap((id) => byId.get(id) ?? []))
      .filter(({ callFrame }) => !LEFT_OUT.test(nameOf(callFrame)));
    const calls = [...Map.groupBy(called, ({ callFrame }) => nameOf(callFrame))]
      .map(([callName, those]) => fold(callName, those))
      .filter(({ total }) => total > 0)
      .toSorted((a, b) => b.total - a.total);
    return { name, self, calls, total: calls.reduce((sum, { total }) => sum + total, self) };
  };
  const [root] = nodes;
  return root ? fold('all', [root]) : { name: 'all', self: 0, total: 0, calls: [] };
}

/** The time in each function itself, wherever it is called, the longest first. */
export function selfTimes(root: Frame): { name: string; self: number }[] {
  const times = new Map<string, number>();
  const visit = ({ name, self, calls }: Frame) => {
    times.set(name, (times.get(name) ?? 0) + self);
    for (const call of calls) visit(call);
  };
  visit(root);
  return [...times].map(([name, self]) => ({ name, self })).toSorted((a, b) => b.self - a.self);
}

/** Where a call is, without folders of the machine: a file of this project, a package, or a module of Node. */
export function nameCall({ functionName, url }: Profiler.ProfileNode['callFrame'], checkout: string): string {
  const ofPackage = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\/.*$/;
  const name = functionName.replace(ofPackage, '$1') || '(anonymous)';
  const place = url
    .replace(/^file:\/\//, '')
    .replace(`${checkout}/`, '')
    .replace(ofPackage, '$1')
    .replace(/^.*(workflow-bundle)[^/]*\.js$/, '$1');
  return place === '' ? name : `${name} ${place}`;
}
