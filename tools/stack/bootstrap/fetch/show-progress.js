/**
 * One line for each of several things that are under way: live in a terminal, elsewhere one line when each has ended.
 * @param {string[]} titles
 * @param {NodeJS.WriteStream} [out]
 */
export function showProgress(titles, out = process.stdout) {
  const lines = titles.map((title) => ({ title, text: 'waiting', sign: ' ' }));
  let drawn = 0;
  const draw = () => {
    // A line that the terminal breaks would be counted as one.
    const width = (out.columns ?? 80) - 1;
    const text = lines.map(({ sign, title, text: state }) => `${sign} ${title}: ${state}`.slice(0, width));
    out.write(`${drawn > 0 ? `\u001B[${drawn}A` : ''}${text.map((line) => `\u001B[2K${line}\n`).join('')}`);
    drawn = lines.length;
  };
  /** @type {(index: number, change: { text: string, sign?: string }) => void} */
  const set = (index, change) => {
    const line = lines[index];
    if (!line) return;
    Object.assign(line, change);
    if (out.isTTY) draw();
    else if (change.sign || change.text.startsWith('another command'))
      out.write(`${line.title}: ${line.text}\n`);
  };
  return {
    /** @type {(index: number, text: string) => void} */
    say: (index, text) => set(index, { text }),
    /** @type {(index: number, text: string) => void} */
    end: (index, text) => set(index, { text, sign: '✔' }),
    /** @type {(index: number, text: string) => void} */
    fail: (index, text) => set(index, { text, sign: '✘' }),
  };
}
