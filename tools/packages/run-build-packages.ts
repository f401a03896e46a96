// npm run build:packages: writes dist/packages/, of which `npm publish` takes each folder, and another project each tarball.
import path from 'node:path';
import { CHECKOUT } from '#tools/stack/bootstrap/folders.js';
import { buildPackages } from './build-packages.ts';

const built = await buildPackages(path.join(CHECKOUT, 'dist/packages'));
for (const { folder, tarball } of built)
  console.log(`${path.relative(CHECKOUT, folder)}  ${path.basename(tarball)}`);
console.log(`
To use them in another project, on Node 22 or newer:

  npm install ${path.join(CHECKOUT, 'dist/packages/*.tgz')}`);
if (process.connected) process.disconnect();
