import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests of one connection may wait for the answer to an earlier one. Clients of today send none ahead. */
const AHEAD = 8;

/**
 * Handles the requests of one connection one after the other, and ends a connection that is further ahead. Node would handle
 * all at once: 200 requests for a file, sent ahead on one connection by a client that reads nothing, cost 3.4 MB.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, (() => void)[]>();
  return (request, response) => {
    const { socket } = request;
    const start = () => {
      // Beside this one, Koa and the pipeline of a stream have ten, and Node would warn of a leak.
      response.setMaxListeners(20);
      response.once('close', () => {
        const next = socket.destroyed ? undefined : waiting.get(socket)?.shift();
        if (next) next();
        else waiting.delete(socket);
      });
      handle(request, response);
    };
    const ahead = waiting.get(socket);
    if (!ahead) {
      waiting.set(socket, []);
      start();
    } else if (ahead.length < AHEAD) ahead.push(start);
    else socket.destroy();
  };
}
