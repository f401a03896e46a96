import type pg from 'pg';
import { SpanKind } from '../tracing/spans.ts';
import type { NewSpan } from '../tracing/spans.ts';

/** Where a session is. @types/pg does not describe it. */
type Place = Partial<Pick<pg.ClientConfig, 'host' | 'port' | 'database'>>;

/**
 * The span of a statement, by OpenTelemetry's conventions for databases: opentelemetry.io/docs/specs/semconv/database. It has
 * neither the text, which is long, nor the values.
 */
export function statementSpan(text: string, { host, port, database }: Place): NewSpan {
  const summary = summaryOf(text);
  return {
    name: summary,
    kind: SpanKind.CLIENT,
    attributes: {
      'db.system.name': 'postgresql',
      'db.query.summary': summary,
      ...(database !== undefined && { 'db.namespace': database }),
      ...(host !== undefined && { 'server.address': host }),
      ...(port !== undefined && { 'server.port': port }),
    },
  };
}

/** Those that are generated may be any number. */
const MOST = 500;
const summaries = new Map<string, string>();

function summaryOf(text: string): string {
  const known = summaries.get(text);
  if (known !== undefined) return known;
  const summary = summarize(text);
  if (summaries.size < MOST) summaries.set(text, summary);
  return summary;
}

/** Of a table, or alone: `select * from place_order(…)`, `select pg_notify(…)`. The built-in ones that begin a query have one word. */
const CALL = /^\s*select\s+(?:[\w\s,.*()]*\sfrom\s+(?!unnest\b)(\w+)|([a-z]+_\w+))\(/;
/** Not `for update`, `for no key update` and `do update set`. */
const WRITE = /\b(?<!\b(?:for|key|do)\s+)(insert\s+into|update|delete\s+from)\s+"?(\w+)/;
const READ = /\bfrom\s+"?(\w+)\b(?!\s*\()/;

/**
 * What a statement does, in two words: the function that it calls and nothing else, the first table that it writes, or the
 * first that it reads.
 */
export function summarize(text: string): string {
  const [, ofTable, alone] = CALL.exec(text) ?? [];
  if (ofTable !== undefined || alone !== undefined) return ofTable ?? alone ?? '';
  const [, verb = '', written] = WRITE.exec(text) ?? [];
  if (written !== undefined) return `${verb.split(/\s/)[0]} ${written}`;
  const [, read] = READ.exec(text) ?? [];
  return read === undefined ? (/\w+/.exec(text)?.[0] ?? 'statement') : `select ${read}`;
}
