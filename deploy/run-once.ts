import type { z } from 'zod';
import { ConfigError, readConfig } from '#platform/process/config.ts';
import { SetUpError } from './set-up-error.ts';

/**
 * Runs one set-up step with settings from the environment. Wrong settings end it with one sentence before it does
 * anything, and so does a part that it cannot reach or that refuses.
 */
export async function runOnce<Shape extends z.ZodRawShape>(
  name: string,
  settings: z.ZodObject<Shape>,
  work: (config: z.output<z.ZodObject<Shape>>) => Promise<void>,
): Promise<void> {
  try {
    await work(readConfig(settings));
    console.log(`${name}: done`);
  } catch (error) {
    const isForeseen = error instanceof ConfigError || error instanceof SetUpError;
    console.error(isForeseen ? `${name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}
