// npm run build:packages: writes dist/packages/, of which `npm publish` takes each folder.
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { buildPackages } from './build-packages.ts';

for (const folder of await buildPackages(path.join(CHECKOUT, 'dist/packages')))
  console.log(path.relative(CHECKOUT, folder));
if (process.connected) process.disconnect();
