import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import inflate from 'inflation';
import rawBody from 'raw-body';
import type { z } from 'zod';
import type { FieldError } from '#contracts/http/problem-codes.ts';
import type { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { uuid } from '#contracts/http/wire.ts';
import type { Context, Handler } from './serve.ts';

/** The largest body accepted, in bytes, before and after decompression. */
const MAX_BODY = 16 * 1024;

/**
 * The request's JSON body, validated.
 * @throws Problem 400 not JSON, 413 too large, 415 not application/json, 422 with the fields that are wrong
 */
export async function readBody<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!ctx.request.is('application/json')) {
    throw problems.unsupportedMediaType();
  }
  return validate(schema, parseJson(await readText(ctx)), problems.invalidBody);
}

async function readText(ctx: Context): Promise<string> {
  const bytes = await readBytes(ctx, inflate);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problems.malformedJson('The body is not valid UTF-8.');
  }
}

/**
 * The request's body, whole, as it came or decoded.
 * @throws Problem 400 cut short or corrupt, 413 too large, 415 an encoding that is not known
 */
export async function readBytes(
  ctx: Context,
  decode: (request: IncomingMessage) => Readable = (request) => request,
): Promise<Buffer> {
  let body: Readable | undefined;
  try {
    body = decode(ctx.req);
    return await rawBody(body, { limit: MAX_BODY });
  } catch (error) {
    // A decoder goes on with what it has, and an error that nobody hears ends the process.
    if (body !== ctx.req) body?.on('error', () => {}).destroy();
    // What is left of the body would stay on the connection, and whoever is next on it would wait for ever.
    ctx.req.unpipe().resume();
    const { type, status } = error as { type?: string; status?: number };
    if (type === 'entity.too.large') throw problems.bodyTooLarge(MAX_BODY);
    if (status === 415) {
      throw problems.unsupportedMediaType('Content-Encoding must be gzip, deflate, br or identity.');
    }
    throw problems.malformedJson('The body is incomplete, or its compression is corrupt.', error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw problems.malformedJson();
  }
}

/** @throws Problem that names every field that is wrong */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  refuse: (errors: readonly FieldError[]) => Problem,
): z.output<Schema> {
  const result = schema.safeParse(value, { error: messageOf });
  if (result.success) return result.data;
  throw refuse(result.error.issues.flatMap(toFieldErrors));
}

function messageOf(issue: { code?: string; input?: unknown; expected?: unknown }): string | undefined {
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type') return `must be ${String(issue.expected)}`;
  return undefined;
}

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'is not known' }));
  }
  return [{ field: path.join('.') || 'body', message: issue.message }];
}

/** Takes who is asking from the header that only the gateway can set: it drops any that a client sends. */
export const requireUser: Handler = async (ctx, next) => {
  const parsed = uuid.safeParse(ctx.get('X-User-Id'));
  if (!parsed.success) {
    throw problems.missingIdentity('X-User-Id must be the UUID of the user.');
  }
  ctx.state.userId = parsed.data;
  await next();
};

/** The caller, after {@link requireUser}. */
export function callerOf(ctx: Context): string {
  if (ctx.state.userId === undefined) throw new Error('this route is not behind requireUser');
  return ctx.state.userId;
}

/** @throws Problem 403 when any of the inputs has a userId that is not the caller's */
export function requireSelf(ctx: Context, ...inputs: readonly object[]): void {
  const named = inputs.flatMap((input) => ('userId' in input ? [input.userId] : []));
  if (named.some((userId) => userId !== undefined && userId !== callerOf(ctx))) {
    throw problems.forbidden();
  }
}

/** Whether the request brings a body at all, be it of any type. */
export function hasBody(ctx: Context): boolean {
  const { headers } = ctx.req;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
