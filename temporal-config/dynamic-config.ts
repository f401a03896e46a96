import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** The values of dynamic-config.yaml for the dev server, which takes them as arguments and reads no such file. */
export function dynamicConfig(): [key: string, value: unknown][] {
  const text = readFileSync(path.join(import.meta.dirname, 'dynamic-config.yaml'), 'utf8');
  const values = parse(text) as Record<string, [{ value: unknown }]>;
  return Object.entries(values).map(([key, [{ value }]]) => [key, value]);
}
