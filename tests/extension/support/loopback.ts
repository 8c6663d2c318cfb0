/** A server on the loopback interface that plays the local server. */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Loopback {
  readonly origin: string;
  /** What is asked, as `GET /path`. */
  readonly asked: string[];
  /** Answers by path; 404 for others. */
  routes: Readonly<Record<string, RequestListener>>;
  readonly close: () => void;
}

export async function listen(): Promise<Loopback> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const route = loopback.routes[request.url ?? ''];
    if (route === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    } else {
      route(request, response);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const loopback: Loopback = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    routes: {},
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return loopback;
}

/** An address where nobody listens. */
export async function nobody(): Promise<string> {
  const { origin, close } = await listen();
  close();
  return origin;
}
