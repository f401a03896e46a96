import { read, write } from './storage.ts';

/** Whether the gateway's page has another entry script than this one, so that another version was deployed. */
export async function isOutdated(): Promise<boolean> {
  const entry = ownEntry();
  const index = await readIndex();
  return entry !== undefined && index !== undefined && !index.includes(entry);
}

/** While the gateway is away, a reload would replace the page by the browser's own error. */
export async function reloadIfReachable(): Promise<void> {
  if ((await readIndex()) !== undefined) location.reload();
}

const LEFT = 'gozon.left-versions';

/**
 * Reloads an outdated page, once in a tab for each version that is left. While copies of two versions are behind one
 * address, a reload may lead from one to the other and back, so a second one is the viewer's choice.
 * @returns whether it reloads: not where storage is refused, since nothing would end a loop then
 */
export function reloadOnce(): boolean {
  const left = read('sessionStorage', LEFT).split(' ');
  const entry = ownEntry() ?? '';
  if (left.includes(entry)) return false;
  write('sessionStorage', LEFT, [...left, entry].join(' '));
  if (!read('sessionStorage', LEFT).includes(entry)) return false;
  location.reload();
  return true;
}

function ownEntry(): string | undefined {
  return document.querySelector('script[type=module]')?.getAttribute('src') ?? undefined;
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
