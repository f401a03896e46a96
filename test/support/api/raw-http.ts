import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** All that arrived over one connection until it was closed. */
export interface RawReply {
  readonly all: string;
  readonly status: number;
  /** JSON, or an empty object. */
  readonly body: Record<string, unknown>;
}

/** Sends lines that no HTTP client would send, and waits until the server has closed the connection. */
export async function sendLines(baseUrl: string, lines: readonly string[]): Promise<RawReply> {
  const socket = openSocket(baseUrl);
  socket.write(lines.join('\r\n'));
  return readReply(socket);
}

export function openSocket(baseUrl: string): Socket {
  const { hostname, port } = new URL(baseUrl);
  return connect(Number(port), hostname);
}

/** Skips 100 Continue. */
export async function readReply(socket: Socket): Promise<RawReply> {
  const all = await text(socket);
  const reply = all.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const body = reply.slice(reply.indexOf('\r\n\r\n') + 4);
  return { all, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(reply)?.[1]), body: parse(body) };
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
