import type { Frame } from './fold-profile.ts';

const WIDTH = 1_200;
const ROW = 17;
const CHARACTER = 6.2;
/** Narrower ones are not drawn, in px. */
const NARROWEST = 3;

/**
 * A picture of where time goes: a frame is as wide as its share, and stands on what called it. The title of a frame, which
 * a browser shows at the pointer, has its whole name. Written here because the packages that do so are no longer kept, or
 * need a browser.
 */
export function flameGraph(title: string, root: Frame): string {
  const drawn: string[] = [];
  let rows = 0;
  const draw = (frame: Frame, left: number, row: number) => {
    const width = (frame.total / root.total) * WIDTH;
    if (width < NARROWEST) return;
    rows = Math.max(rows, row + 1);
    const top = (row + 1) * ROW + 8;
    const share = ((frame.total / root.total) * 100).toFixed(1);
    const shown = frame.name.slice(0, Math.max(0, Math.floor((width - 6) / CHARACTER)));
    drawn.push(
      `<g><title>${escape(frame.name)}: ${share}%</title>` +
        `<rect x="${left.toFixed(1)}" y="${top}" width="${(width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(frame.name)}"/>` +
        (shown.length > 2
          ? `<text x="${(left + 3).toFixed(1)}" y="${top + 12}">${escape(shown)}</text>`
          : '') +
        '</g>',
    );
    let at = left;
    for (const call of frame.calls) {
      draw(call, at, row + 1);
      at += (call.total / root.total) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const height = (rows + 1) * ROW + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="10.5">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="4" y="15" font-size="13">${escape(title)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

/** By whose code it is. */
function colourOf(name: string): string {
  if (name === '(garbage collector)') return '#e8908a';
  if (name === '(program)' || name === 'all') return '#d4d4d4';
  if (name.includes(' @temporalio/')) return '#f2c078';
  if (
    / (workflows|orders|payments|platform|contracts|operations|temporal-config|workflow-bundle)\b/.test(name)
  )
    return '#9fd19f';
  if (/ node:/.test(name) || !name.includes(' ')) return '#b3cde8';
  return '#efe39a';
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
