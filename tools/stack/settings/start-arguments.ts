import { parseArgs } from 'node:util';
import { Trouble } from '../bootstrap/user-error.js';

/** @throws Trouble on an option that there is not */
export function parseStartArguments(args: string[]): { infra: boolean } {
  try {
    const { values } = parseArgs({ args, options: { infra: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    throw new Trouble(`${(error as Error).message}. npm start -- --help shows what there is.`);
  }
}
