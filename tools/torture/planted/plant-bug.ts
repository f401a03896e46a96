import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { InvariantId } from '#contracts/values/invariants.ts';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import type { FaultTarget } from '../faults/fault.ts';

/** A change of the product's sources that makes it wrong. */
export interface Patch {
  readonly file: string;
  /** The text to replace, which must occur once: a patch that no longer applies must be noticed. */
  readonly from: string;
  readonly to: string;
}

/** A mistake that a system like this one might well have, and how to have it make a difference. */
export interface PlantedBug {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly provoke: (target: FaultTarget) => Promise<void>;
  readonly breaks: InvariantId;
}

/** The files that a copy does not need. */
const LEFT_OUT = new Set(['node_modules', '.git', '.gozon', 'docs', 'test', 'tools']);

/** Copies the checkout and patches the copy, which is removed on disposal. @throws Error when a patch does not apply */
export function plantBug(
  folder: string,
  patches: readonly Patch[],
): Disposable & { readonly sources: string } {
  // The same path for each: Node finds what it compiled of the files that no patch changes.
  const sources = path.join(folder, 'sources');
  mkdirSync(sources);
  // One by one: the folder may lie in the checkout itself, which cannot be copied into itself.
  for (const name of readdirSync(CHECKOUT).filter((entry) => !LEFT_OUT.has(entry))) {
    cpSync(path.join(CHECKOUT, name), path.join(sources, name), { recursive: true });
  }
  linkPackages(sources);
  for (const { file, from, to } of patches) {
    const text = readFileSync(path.join(sources, file), 'utf8');
    const times = text.split(from).length - 1;
    if (times !== 1) throw new Error(`${file} holds ${times} times what was to be patched once: ${from}`);
    writeFileSync(
      path.join(sources, file),
      text.replace(from, () => to),
    );
  }
  return { sources, [Symbol.dispose]: () => rmSync(sources, { recursive: true, force: true }) };
}

/** Others' packages are those of the checkout. Our own are links to folders beside node_modules, and so to those of the copy. */
function linkPackages(sources: string): void {
  const [from, to] = [path.join(CHECKOUT, 'node_modules'), path.join(sources, 'node_modules')];
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    const [original, link] = [path.join(from, name), path.join(to, name)];
    if (name === '@gozon') cpSync(original, link, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(original, link);
  }
}
