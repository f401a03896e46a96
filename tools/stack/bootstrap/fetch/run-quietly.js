import { spawn } from 'node:child_process';

/** A program that failed. Its message is the last thing that it said. */
export class ProgramError extends Error {
  /** @override */
  name = 'ProgramError';
}

/**
 * Runs a program whose output nobody sees.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, signal: AbortSignal, onLine?: (line: string) => void }} options
 * @returns {Promise<void>} rejects with a ProgramError when it fails
 */
export async function runQuietly(command, args, { cwd, env, signal, onLine = () => {} }) {
  // npm reacts slowly to other signals, and what any of them leaves half done does not count anyway.
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  /** @type {string[]} */
  const lines = [];
  const streams = [child.stdout, child.stderr].map(async (stream) => {
    let rest = '';
    for await (const text of stream.setEncoding('utf8')) {
      const parts = (rest + text).split(/\r?\n|\r/);
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        onLine(line);
      }
    }
    lines.push(rest);
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  await Promise.all(streams);
  if (code !== 0) throw new ProgramError(reasonIn(lines) ?? `${command} ended with ${code}`);
}

/**
 * What npm, pip or jgo gives as the reason: npm's errors but for where its log is, else the last line with a word in it.
 * @param {string[]} lines
 */
function reasonIn(lines) {
  const errors = lines
    .filter((line) => /^npm (?:error|ERR!) /.test(line) && !/complete log|debug-\d+\.log/.test(line))
    .map((line) => line.replace(/^npm (?:error|ERR!) /, ''));
  if (errors.length > 0) return errors.slice(0, 8).join('\n');
  return lines
    .map((line) => line.replace(/[│╭╮╰╯─]/g, '').trim())
    .findLast((line) => /[a-z]/i.test(line) && !/^WARNING|^\[notice\]/.test(line));
}
