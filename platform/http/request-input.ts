import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import inflate from 'inflation';
import rawBody from 'raw-body';
import type { z } from 'zod';
import type { FieldError } from '#contracts/http/problem-codes.ts';
import type { Problem } from '#contracts/http/problem.ts';
import { problems } from '#contracts/http/problems.ts';
import { REQUEST_BOUNDS } from '#contracts/values/request-bounds.ts';
import { parseExactJson } from './parse-exact-json.ts';
import type { Context } from './request-context.ts';

/**
 * The request's JSON body, validated.
 * @throws Problem 400 not JSON or a key twice, 413 too large, 415 not application/json, 422 with the fields that are wrong
 */
export async function readBody<Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!ctx.request.is('application/json')) {
    throw problems.unsupportedMediaType();
  }
  return validate(schema, parseExactJson(await readText(ctx)), problems.invalidBody);
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
 * The whole body of the request, decoded if told to.
 * @throws Problem 400 incomplete or corrupt, 413 too large, 415 unknown encoding
 */
export async function readBytes(
  ctx: Context,
  decode: (request: IncomingMessage) => Readable = (request) => request,
): Promise<Buffer> {
  let body: Readable | undefined;
  try {
    body = decode(ctx.req);
    return await rawBody(body, { limit: REQUEST_BOUNDS.body });
  } catch (error) {
    // A decoder continues with what it has, and an error event without a listener would end the process.
    if (body !== ctx.req) body?.on('error', () => {}).destroy();
    // The rest of the body would stay on the connection and block the next request on it indefinitely.
    ctx.req.unpipe().resume();
    const { type, status } = error as { type?: string; status?: number };
    if (type === 'entity.too.large') throw problems.bodyTooLarge();
    if (status === 415) {
      throw problems.unsupportedMediaType('Content-Encoding must be gzip, deflate, br or identity.');
    }
    throw problems.malformedJson('The body is incomplete, or its compression is corrupt.', error);
  }
}

/** @throws Problem that names every field that is wrong */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  refuse: (errors: readonly FieldError[]) => Problem,
): z.output<Schema> {
  const result = schema.safeParse(value, { error: messageOf, reportInput: true });
  if (result.success) return result.data;
  throw refuse(result.error.issues.flatMap(toFieldErrors));
}

function messageOf(issue: { code?: string; expected?: unknown }): string | undefined {
  return issue.code === 'invalid_type' ? `must be ${String(issue.expected)}` : undefined;
}

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'is not known' }));
  }
  // A schema's own words, which say what a value must be, would hide that there is none.
  const message = issue.input === undefined ? 'is required' : issue.message;
  return [{ field: path.join('.') || 'body', message }];
}

/** Whether the request has a body, of any type. */
export function hasBody(ctx: Context): boolean {
  const { headers } = ctx.req;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
