import path from 'node:path';

/**
 * Prints what is about to be downloaded: name, source, size, folder.
 * @param {{ name: string, source: string, megabytes: number, unpacked: number, folder: string, isPackages?: boolean }[]} missing
 * @param {string} artifacts the folder
 */
export function printDownloadPlan(missing, artifacts) {
  const rows = missing.map((item) => [
    item.name,
    item.source,
    `${item.megabytes} MB`,
    shorten(item.isPackages ? item.folder : path.join(artifacts, item.folder)),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  /** @param {'megabytes' | 'unpacked'} key */
  const sum = (key) => missing.reduce((total, item) => total + item[key], 0);
  console.log(`To download once, ${sum('megabytes')} MB (${sum('unpacked')} MB on the disk):\n`);
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
