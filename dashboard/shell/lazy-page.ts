import { lazy } from 'react';
import type { ComponentType } from 'react';
import { isOutdated } from './versions.ts';

/** A file of a page could not be loaded. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  /** Whether another version was deployed, which has other files. */
  readonly outdated: boolean;

  constructor(outdated: boolean, cause: unknown) {
    super('a page could not be loaded', { cause });
    this.outdated = outdated;
  }
}

/**
 * A page in a chunk of its own, which is loaded when it is opened. A chunk's name changes with its content, so a page
 * that was open during a deployment asks for chunks that are gone.
 */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => {
    try {
      return { default: await load() };
    } catch (error) {
      throw new LoadError(await isOutdated(), error);
    }
  });
}
