// Unpacks the Chromium that npm brings into TMPDIR, which is all that the package lets one choose; see chromium.ts.
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
