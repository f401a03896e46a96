// Preloaded into Node: there is no /proc, as on macOS. Other programs, such as ps, see it.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const isHidden = (file: unknown) => /^\/proc(?:\/|$)/.test(String(file));

/** A function of node:fs whose first parameter is a path. */
function hide<Parameters extends unknown[], Result>(
  read: (...parameters: Parameters) => Result,
): (...parameters: Parameters) => Result {
  return (...parameters) => {
    const [file] = parameters;
    if (isHidden(file)) throw Object.assign(new Error(`${String(file)} is hidden`), { code: 'ENOENT' });
    return read(...parameters);
  };
}

const { existsSync, readFileSync, readdirSync, readlinkSync } = fs;
Object.assign(fs, {
  readFileSync: hide(readFileSync),
  readdirSync: hide(readdirSync),
  readlinkSync: hide(readlinkSync),
  existsSync: (file: string) => !isHidden(file) && existsSync(file),
});
syncBuiltinESMExports();
