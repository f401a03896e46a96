import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { UserError } from '#tools/stack/bootstrap/user-error.js';
import { LOOPBACK } from '#tools/stack/settings/settings.ts';

export interface DemoOptions {
  readonly gateway: string;
  readonly customers: number;
  /** From 0 to 1. */
  readonly beyond: number;
  readonly twice: number;
  readonly seed: number;
  /** In s. */
  readonly timeout: number;
  readonly concurrency: number;
  readonly orders?: number;
  /** Orders a second. */
  readonly rate?: number;
  readonly seconds?: number;
}

const MAX_ORDERS = 100_000;
const MAX_SEED = 2 ** 32 - 1;

/** @throws UserError when options do not go together; prints help or what is wrong, and ends the process, otherwise */
export function readDemoOptions(args: readonly string[], gatewayPort: number): DemoOptions {
  const command = new Command('npm run demo --')
    .description(
      "Plays a customer's story against the system that npm start runs. With --orders or --rate it places many orders " +
        "instead, some beyond their customer's balance and some submitted twice, repeats them through any outage, then " +
        'checks every invariant in the databases and on the topic. Exits with 1 on any breach.',
    )
    .addOption(
      whole(
        '--orders <count>',
        'place so many orders, as fast as they are answered',
        1,
        MAX_ORDERS,
      ).conflicts('rate'),
    )
    .addOption(
      number(
        '--rate <orders per second>',
        'place orders evenly, whether or not earlier ones are answered',
        0.1,
        1000,
      ),
    )
    .addOption(number('--seconds <s>', 'for how long, with --rate', 1, 3600))
    .addOption(whole('--customers <count>', 'who place them', 1, 10_000).default(25))
    .addOption(
      whole('--concurrency <count>', 'orders under way at a time, with --orders', 1, 1000).default(25),
    )
    .addOption(
      number('--beyond <share>', 'of the orders that cost more than their customer has', 0, 1).default(0.1),
    )
    .addOption(
      number(
        '--twice <share>',
        'of the orders that are submitted twice, with one Idempotency-Key',
        0,
        1,
      ).default(0.1),
    )
    .addOption(
      number(
        '--timeout <s>',
        'how long to wait out an outage, or for a decision when none comes',
        1,
        3600,
      ).default(60),
    )
    .addOption(
      whole('--seed <number>', 'repeats a run: its amounts, shares and sequence', 0, MAX_SEED).default(
        randomInt(MAX_SEED),
        'random',
      ),
    )
    .option('--gateway <url>', 'where the API is', `http://${LOOPBACK}:${gatewayPort}`)
    .option('--allow-remote', 'let --gateway be another machine')
    .addHelpText(
      'after',
      `
GOZON_HOME and the ports (GATEWAY_PORT, POSTGRES_PORT, KAFKA_PORT, ...) say which system, as they do for npm start.

  npm run demo                                       the story
  npm run demo -- --orders 500 --customers 25        as fast as it goes
  npm run demo -- --rate 20 --seconds 30             evenly, for latencies`,
    )
    .parse(args, { from: 'user' });
  const { allowRemote, ...options } = command.opts<DemoOptions & { allowRemote?: boolean }>();
  checkTogether(options);
  if (!allowRemote && !isLoopback(options.gateway)) {
    throw new UserError(
      `${options.gateway} is not this machine, and a load there may be unwelcome: add --allow-remote if it is not.`,
    );
  }
  return options;
}

function number(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  });
}

function whole(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  });
}

function checkTogether({ rate, seconds }: DemoOptions): void {
  if ((rate === undefined) !== (seconds === undefined)) {
    throw new UserError('--rate and --seconds go together: npm run demo -- --rate 20 --seconds 30.');
  }
  if (rate !== undefined && seconds !== undefined && rate * seconds > MAX_ORDERS) {
    throw new UserError(
      `--rate ${rate} for --seconds ${seconds} is over ${MAX_ORDERS} orders: ask for less.`,
    );
  }
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new UserError(`--gateway ${url} is no URL: give one like http://127.0.0.1:8080.`);
  }
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
