/**
 * The npm that runs us, or that of the PATH.
 * @returns {[string, ...string[]]}
 */
export function npmCommand() {
  const cli = process.env['npm_execpath'];
  return cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : ['npm'];
}
