import { parseArgs } from 'node:util';
import { UserError } from '../bootstrap/user-error.js';

/** @throws UserError on an unknown option */
export function parseStartArguments(args: string[]): { infra: boolean } {
  try {
    const { values } = parseArgs({ args, options: { infra: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    throw new UserError(`${(error as Error).message}. npm start -- --help lists the options.`);
  }
}
