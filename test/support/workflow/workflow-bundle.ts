import { createLogger } from '#platform/process/logger.ts';
import { bundleWorkflows, installTemporalRuntime } from '#workflows/worker.ts';

let bundle: ReturnType<typeof bundleWorkflows> | undefined;

/** The workflow code as it is deployed: bundled once for all suites, since that takes a second or two. */
export async function workflowBundle() {
  if (!bundle) {
    const log = createLogger('test', 'silent');
    installTemporalRuntime(log);
    bundle = bundleWorkflows(log);
  }
  return bundle;
}
