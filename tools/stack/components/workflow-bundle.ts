import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '../bootstrap/folders.js';
import { UserError } from '../bootstrap/user-error.js';
import type { Settings } from '../settings/settings.ts';

/** The workflow code in one file, as an image holds it: each start of the service is a second or two shorter. */
export function workflowBundleOf({ home }: Pick<Settings, 'home'>): string {
  return path.join(home, 'workflow-bundle.js');
}

/** Writes {@link workflowBundleOf}. @returns what it did. @throws UserError with the bundler's own message */
export async function bundleWorkflows(settings: Pick<Settings, 'home'>): Promise<string> {
  const began = performance.now();
  const script = path.join(CHECKOUT, 'deploy/bundle-workflows.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, workflowBundleOf(settings)];
  try {
    await execa(process.execPath, args, { cwd: CHECKOUT });
  } catch (error) {
    throw new UserError(`Could not bundle the workflow code: ${(error as Error).message}`);
  }
  return `Workflow code, bundled in ${((performance.now() - began) / 1000).toFixed(1)} s`;
}
