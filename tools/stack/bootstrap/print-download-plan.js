import path from 'node:path';

/**
 * Prints what is about to be fetched: part, source, size, folder.
 * @param {{ name: string, source: string, megabytes: number, unpacked: number, folder: string, isPackages?: boolean }[]} missing
 * @param {string} parts
 */
export function printDownloadPlan(missing, parts) {
  const rows = missing.map((part) => [
    part.name,
    part.source,
    `${part.megabytes} MB`,
    shorten(part.isPackages ? part.folder : path.join(parts, part.folder)),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  /** @param {'megabytes' | 'unpacked'} key */
  const sum = (key) => missing.reduce((total, part) => total + part[key], 0);
  console.log(`To be fetched once, ${sum('megabytes')} MB (${sum('unpacked')} MB on the disk):\n`);
  for (const [name = '', source = '', size = '', folder = ''] of rows) {
    console.log(
      `  ${name.padEnd(widths[0] ?? 0)}  ${source.padEnd(widths[1] ?? 0)}  ${size.padStart(widths[2] ?? 0)}  ${folder}`,
    );
  }
  console.log();
}

/** @param {string} folder */
function shorten(folder) {
  const relative = path.relative(process.cwd(), folder);
  return relative.startsWith('..') ? folder : relative;
}
