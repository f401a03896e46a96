import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { artifactsFolder } from '#tools/stack/bootstrap/folders.js';
import { withLock } from '#tools/stack/bootstrap/processes/with-lock.js';

/** A program, and the environment that it needs. */
export interface Program {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

// The pages are in the one font that comes along, whatever the machine has.
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

/**
 * The Chromium that the environment variable CHROMIUM names, or the one that npm brings, unpacked once among the parts.
 * That one needs nothing of the machine but glibc and libgcc: it brings the other libraries, and a font.
 */
export async function findChromium(): Promise<Program> {
  const own = process.env['CHROMIUM'];
  if (own) return { executablePath: own, env: inherited() };
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    throw new Error(
      `npm has no Chromium for ${process.platform}-${process.arch}: install one, and set CHROMIUM to it (CHROMIUM=/usr/bin/chromium npm test).`,
    );
  }
  const folder = path.join(artifactsFolder(), `chromium-${packedVersion()}`);
  if (!existsSync(folder)) {
    await withLock(
      `${folder}.lock`,
      () => {},
      async () => unpackInto(folder),
    );
  }
  return {
    executablePath: path.join(folder, 'chromium'),
    env: {
      ...inherited(),
      LD_LIBRARY_PATH: path.join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: path.join(folder, 'fonts.conf'),
    },
  };
}

/** 200 MB, in 2 s. In a folder aside until it is whole. */
async function unpackInto(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const draft = path.join(path.dirname(folder), `.fetching-${path.basename(folder)}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  // Only on AWS Lambda does it unpack its libraries.
  const env = { TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  await execa(process.execPath, [path.join(import.meta.dirname, 'unpack-chromium.ts')], { env });
  writeFileSync(path.join(draft, 'fonts.conf'), FONTS);
  chmodSync(path.join(draft, 'chromium'), 0o755);
  renameSync(draft, folder);
}

function packedVersion(): string {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const text = readFileSync(path.join(path.dirname(entry), '../package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    ['HOME', 'PATH', 'TMPDIR'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
