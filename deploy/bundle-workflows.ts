// Bundles the workflow code while the image is built. The bundler's compiler unpacks and executes itself, which a
// read-only file system forbids, and each start becomes some seconds shorter.
import { writeFileSync } from 'node:fs';
import { createLogger } from '#platform/process/logger.ts';
import { bundleWorkflows } from '#workflows/worker.ts';

const [file] = process.argv.slice(2);
if (!file) throw new Error('which file?');
const { code } = await bundleWorkflows(createLogger('bundle-workflows', 'warn'));
writeFileSync(file, code);
