import { createPublicKey } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey } from 'jose';
import { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import type { Handler } from '#platform/http/serve.ts';

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Asymmetric ones only, so that a public key can never be taken for a shared secret. */
  readonly algorithms: string[];
  /** Where the issuer publishes its keys, or its one public key in PEM. */
  readonly jwksUrl?: string | undefined;
  readonly publicKey?: string | undefined;
}

/** IDENTITY=jwt: `Authorization: Bearer`, whose `sub` is the user, an operator if its `roles` say so (RFC 9068 tokens, checked as RFC 8725 asks). */
export function jwtIdentity(settings: JwtSettings): Handler {
  const verify = verifier(settings);
  return async (ctx, next) => {
    // Node itself would take the first of several.
    const [header = '', ...more] = ctx.req.headersDistinct['authorization'] ?? [];
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(header) ?? [];
    if (token === undefined || more.length > 0) {
      throw problems.invalidToken('Send one Authorization: Bearer header with your token.');
    }
    const payload = await verify(token).catch((error: unknown) => {
      throw refusal(error);
    });
    const user = uuid.safeParse(payload.sub);
    if (!user.success) throw problems.invalidToken("The token's sub is not a UUID.");
    ctx.state.userId = user.data;
    ctx.state.operator = Array.isArray(payload['roles']) && payload['roles'].includes('operator');
    await next();
  };
}

function verifier({ issuer, audience, algorithms, jwksUrl, publicKey }: JwtSettings) {
  const options = { issuer, audience, algorithms, requiredClaims: ['sub', 'exp'], clockTolerance: 5 };
  if (publicKey !== undefined) {
    const key = createPublicKey(publicKey);
    return async (token: string) => (await jwtVerify(token, key, options)).payload;
  }
  const keys = createRemoteJWKSet(new URL(jwksUrl ?? ''), { timeoutDuration: 3_000 });
  const keyOf: JWTVerifyGetKey = async (header, given) =>
    keys(header, given).catch((error: unknown) => {
      throw NO_SUCH_KEY.some((kind) => error instanceof kind) ? error : keysAway(error);
    });
  return async (token: string) => (await jwtVerify(token, keyOf, options)).payload;
}

/** The issuer's keys are there, and the token's is not among them. */
const NO_SUCH_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** A token that does not hold is the caller's fault; keys that cannot be fetched are an outage. */
function refusal(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return problems.invalidToken('The token has expired.');
  return problems.invalidToken('The token is not valid.');
}

function keysAway(cause: unknown): Problem {
  return problems.unavailable("Tokens cannot be checked now: their issuer's keys cannot be fetched.", {
    retryAfter: 5,
    cause,
  });
}
