import { inBackground, pause } from '@gozon/timing';
import { createLocalJWKSet, createRemoteJWKSet, errors } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import type { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { describeError } from '#platform/process/describe-error.ts';
import type { Health } from '#platform/process/health.ts';
import type { Logger } from '#platform/process/logger.ts';

/** Times in ms. */
export interface IssuerKeysOptions {
  /** Where the issuer publishes its keys. */
  readonly url: string;
  /** How long keys stay good while their issuer is away. */
  readonly keep: number;
  readonly health: Health;
  readonly log: Logger;
  /** How often the keys are fetched. A key that the issuer withdraws is accepted that much longer. */
  readonly refresh?: number;
  /** The same while the issuer is away. */
  readonly retry?: number;
  /** How soon after a fetch an unknown key causes another one: anyone can name one. */
  readonly cooldown?: number;
}

export interface IssuerKeys extends AsyncDisposable {
  /** @throws Problem 503 when the issuer is away, and the key is not known or no longer good */
  readonly keyOf: JWTVerifyGetKey;
}

/** How long one fetch may take, in ms. */
const FETCH = 3_000;

/** Fetches an issuer's keys at once and then regularly, until disposed. Its readiness tells when the issuer is away. */
export function followIssuerKeys(options: IssuerKeysOptions): IssuerKeys {
  const { url, keep, health, log, refresh = 300_000, retry = 5_000, cooldown = 30_000 } = options;
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH });
  let keys = createLocalJWKSet({ keys: [] });
  const onIssuer = health.role('issuer');
  const onKeys = health.role('issuer keys', { serves: true });
  let fetchedAt = -Infinity;
  let failure: Error | undefined;
  const age = () => performance.now() - fetchedAt;

  async function fetchKeys(): Promise<void> {
    try {
      await remote.reload();
      const published = remote.jwks();
      // As from an issuer that is being set up again. It has no token that would be good.
      if (!published || published.keys.length === 0) throw new Error('it publishes none');
      keys = createLocalJWKSet(published);
      if (failure) log.info('the keys of the issuer can be fetched again');
      failure = undefined;
      fetchedAt = performance.now();
      onIssuer({ ready: true });
      onKeys({ ready: true });
    } catch (error) {
      const reason = `its keys cannot be fetched (${causeOf(error)}): check JWKS_URL and the issuer`;
      if (!failure) log.warn({ keepSeconds: keep / 1_000 }, `the issuer is away: ${reason}`);
      failure = error as Error;
      const isGood = age() <= keep;
      const meanwhile = isGood
        ? 'Known keys stay good for JWKS_KEEP_SECONDS'
        : 'Until then each token is answered with 503';
      onIssuer({ ready: false, reason: `${reason}. ${meanwhile}` });
      if (!isGood) onKeys({ ready: false, reason: 'no key of the issuer is known, or good any more' });
    }
  }

  const first = fetchKeys();
  const following = inBackground(async (signal) => {
    await first;
    while (!signal.aborted) {
      await pause(retry, signal);
      if (failure || age() > refresh) await fetchKeys();
    }
  });
  return {
    async keyOf(header, token) {
      await first;
      if (failure && age() > keep) throw keysUnavailable(failure);
      return keys(header, token).catch(async (error: unknown) => {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (!failure && age() > cooldown) await fetchKeys();
        // The issuer may have published it meanwhile.
        if (failure) throw keysUnavailable(failure);
        return keys(header, token);
      });
    },
    [Symbol.asyncDispose]: async () => following[Symbol.asyncDispose](),
  };
}

/** The reason of fetch itself is always "fetch failed". */
function causeOf(error: unknown): string {
  return describeError(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

function keysUnavailable(cause: unknown): Problem {
  return problems.unavailable("Tokens cannot be checked now: their issuer's keys cannot be fetched.", {
    retryAfter: 5,
    cause,
  });
}
