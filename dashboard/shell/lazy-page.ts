import { lazy } from 'react';
import type { ComponentType } from 'react';

/** A file of a page could not be loaded. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/**
 * A page in a chunk of its own, which is loaded when it is opened. A chunk's name changes with its content, so a page
 * that was open during a deployment asks for chunks that are gone. The new version is loaded in its place.
 */
export function lazyPage(load: () => Promise<ComponentType>) {
  return lazy(async () => {
    try {
      return { default: await load() };
    } catch (error) {
      if (!wasJustReloaded() && (await isOutdated())) await reload();
      throw new LoadError('a page could not be loaded', { cause: error });
    }
  });
}

/** While the gateway is away, a reload would replace the page by the browser's own error. */
export async function reloadIfReachable(): Promise<void> {
  if ((await readIndex()) !== undefined) await reload();
}

/** In ms. While copies of two versions are behind one address, a reload may lead from one to the other and back. */
const RELOAD_INTERVAL = 10_000;

function wasJustReloaded(): boolean {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return navigation?.type === 'reload' && performance.now() < RELOAD_INTERVAL;
}

/** Whether the gateway's page has another entry script than this one. */
async function isOutdated(): Promise<boolean> {
  const entry = document.querySelector('script[type=module]')?.getAttribute('src');
  const index = await readIndex();
  return typeof entry === 'string' && index !== undefined && !index.includes(entry);
}

/** In ms. */
const INDEX_TIMEOUT = 5_000;

async function readIndex(): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(INDEX_TIMEOUT);
    const reply = await fetch('/', { headers: { Accept: 'text/html' }, cache: 'no-store', signal });
    return reply.ok ? await reply.text() : undefined;
  } catch {
    return undefined;
  }
}

/** Never resolves: the page is about to be replaced. */
async function reload(): Promise<never> {
  location.reload();
  return new Promise<never>(() => {});
}
