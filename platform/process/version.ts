import { readFileSync } from 'node:fs';

const manifest = new URL('../../package.json', import.meta.url);

/** The version of Gozon, by its package.json, which each image has too. */
export const { version: VERSION } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
