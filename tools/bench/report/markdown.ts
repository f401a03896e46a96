/** A table; oxfmt aligns it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Bars, which GitHub draws. Values that are not there are left out with their labels. */
export function barChart(title: string, unit: string, bars: readonly (readonly [string, number])[]): string {
  const shown = bars.filter(([, value]) => Number.isFinite(value));
  return [
    '```mermaid',
    'xychart-beta',
    `  title "${title}"`,
    `  x-axis [${shown.map(([label]) => `"${label}"`).join(', ')}]`,
    `  y-axis "${unit}"`,
    `  bar [${shown.map(([, value]) => value.toFixed(1)).join(', ')}]`,
    '```',
  ].join('\n');
}

/** Sections with an empty line between them; those that are not there are left out. */
export function join(...sections: readonly (string | false | undefined)[]): string {
  return sections.filter((section) => typeof section === 'string' && section !== '').join('\n\n');
}
