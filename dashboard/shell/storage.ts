type Storage = 'localStorage' | 'sessionStorage';

// A browser may refuse storage, and storage may be full. Then what is written lasts no longer than the page.

/** What is stored under a name; empty where there is nothing. */
export function read(storage: Storage, name: string): string {
  try {
    return globalThis[storage].getItem(name) ?? '';
  } catch {
    return '';
  }
}

export function write(storage: Storage, name: string, value: string): void {
  try {
    globalThis[storage].setItem(name, value);
  } catch {
    // See above.
  }
}
