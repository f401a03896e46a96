import { errors, jwtVerify } from 'jose';
import type { CryptoKey, JWTVerifyGetKey } from 'jose';
import { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import { rolesAmong } from '#contracts/values/roles.ts';
import type { Handler } from '#platform/http/request-context.ts';

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Asymmetric only, so that a public key can never be used as a shared secret. */
  readonly algorithms: string[];
  /** What the header `typ` must say; by default anything. */
  readonly type?: string | undefined;
  /** Finds the key that verifies a token. */
  readonly keyOf: JWTVerifyGetKey;
}

/**
 * IDENTITY=jwt: an `Authorization: Bearer` token, whose `sub` is the user and whose `roles` make an operator or a merchant. It is
 * checked as RFC 8725 requires. By its type a token of RFC 9068 is told from others that the issuer signs for the same audience.
 */
export function jwtIdentity(settings: JwtSettings): Handler {
  const verify = verifier(settings);
  return async (ctx, next) => {
    // Of several headers Node would take the first.
    const [header = '', ...more] = ctx.req.headersDistinct['authorization'] ?? [];
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(header) ?? [];
    if (token === undefined || more.length > 0) {
      throw problems.invalidToken('Send one Authorization: Bearer header with your token.');
    }
    const payload = await verify(token).catch((error: unknown) => {
      throw toProblem(error);
    });
    const user = uuid.safeParse(payload.sub);
    if (!user.success) throw problems.invalidToken("The token's sub is not a UUID.");
    ctx.state.userId = user.data;
    ctx.state.roles = rolesAmong(Array.isArray(payload['roles']) ? payload['roles'] : []);
    await next();
  };
}

function verifier({ issuer, audience, algorithms, type, keyOf }: JwtSettings) {
  const options = {
    issuer,
    audience,
    algorithms,
    ...(type !== undefined && { typ: type }),
    requiredClaims: ['sub', 'exp'],
    clockTolerance: 5,
  };
  return async (token: string) =>
    jwtVerify(token, keyOf, options).then(
      ({ payload }) => payload,
      async (error: unknown) => {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
        return verifyWithAny(error, async (key) => (await jwtVerify(token, key, options)).payload);
      },
    );
}

/**
 * A token need not name its key (RFC 7515, section 4.1.4), and several of the issuer's may fit: any of them may verify
 * it.
 * @throws the error of a key that verifies the token, whose claims are then wrong, or of the last key
 */
async function verifyWithAny<Result>(
  fitting: errors.JWKSMultipleMatchingKeys,
  verify: (key: CryptoKey) => Promise<Result>,
): Promise<Result> {
  let refusal: unknown = fitting;
  for await (const key of fitting) {
    try {
      return await verify(key);
    } catch (error) {
      refusal = error;
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break;
    }
  }
  throw refusal;
}

/** An invalid token is the client's mistake. Keys that cannot be fetched are an outage. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return problems.invalidToken('The token has expired.');
  return problems.invalidToken('The token is not valid.');
}
