import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';

/** The example of docker-compose.override.yml that a page shows. */
export function overrideExample(page: string): string {
  const text = readFileSync(path.join(CHECKOUT, page), 'utf8');
  const found = /^```yaml\n(services:\n.*?)^```$/ms.exec(text)?.[1];
  if (found === undefined) throw new Error(`${page} shows no overrides`);
  return found;
}
