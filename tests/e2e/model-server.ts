/** A local server as Thumbprint's own: its health, a model, a heatmap. It serves what a test lays down, and keeps notes. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EXTENSION, readOut } from './fixtures.ts';

export type ModelFiles = Map<string, Buffer>;

/** What the tests read and change of `metadata.json`. */
export interface Description {
  version: string;
  schema: number;
  channels: { name: string; display_name: string }[];
  heat?: unknown;
  files: Record<string, string>;
}

export interface Note {
  method: string;
  path: string;
  cookie: boolean;
  referrer: string;
}

export interface ModelServer {
  /** What goes into the settings. */
  origin: string;
  /** What is served below /model/; what is not in it is not found. */
  files: ModelFiles;
  asked: Note[];
  /** What is answered where the heat of a channel is asked for in numbers. */
  heat: (channel: string) => unknown;
  close: () => Promise<void>;
}

/** The files of the model that came with the tested extension. */
export function packagedModel(): ModelFiles {
  return new Map(readdirSync(join(EXTENSION, 'model')).map((name) => [name, readOut(`extension/model/${name}`)]));
}

export function descriptionOf(files: ModelFiles): Description {
  return JSON.parse(files.get('metadata.json')?.toString('utf8') ?? '') as Description;
}

/** A model with a changed description. */
export function described(files: ModelFiles, change: (description: Description) => void): ModelFiles {
  const description = descriptionOf(files);
  change(description);
  return new Map([...files, ['metadata.json', Buffer.from(JSON.stringify(description))]]);
}

/** The packaged model as an earlier Thumbprint converted it: what it is explained with is not in it. */
export function unexplained(): ModelFiles {
  return described(packagedModel(), (description) => {
    delete description.heat;
    description.version = 'earlier00000';
  });
}

/** A model with another file, whose checksum is right. */
export function replaced(files: ModelFiles, name: string, content: Buffer): ModelFiles {
  const sum = createHash('sha256').update(content).digest('hex');
  return described(new Map([...files, [name, content]]), (description) => (description.files[name] = sum));
}

/** Listen on a free port of 127.0.0.1 until `close`. */
export async function serveModel(): Promise<ModelServer> {
  const files: ModelFiles = new Map();
  const asked: Note[] = [];
  const server = http.createServer((request, response) => {
    asked.push(note(request));
    void answer(request, response, served);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  const served: ModelServer = { origin, files, asked, heat: (channel) => ({ channel }), close };
  return served;
}

function note({ method = '', url = '/', headers: { cookie, referer: referrer = '' } }: IncomingMessage): Note {
  return { method, path: new URL(url, 'http://127.0.0.1').pathname, cookie: cookie !== undefined, referrer };
}

/** Only extensions may read the answers, whatever their id. */
async function answer({ method, url = '/', headers }: IncomingMessage, response: ServerResponse, server: ModelServer): Promise<void> {
  const { origin = '' } = headers;
  const cors = /^(?:chrome|moz)-extension:/.test(origin) ? { 'access-control-allow-origin': origin, vary: 'Origin' } : {};
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const file = pathname.startsWith('/model/') ? server.files.get(pathname.slice('/model/'.length)) : undefined;
  if (method === 'OPTIONS') {
    response.writeHead(204, { ...cors, 'access-control-allow-headers': '*', 'access-control-allow-methods': '*' }).end();
  } else if (pathname === '/health') {
    response.writeHead(200, { ...cors, 'content-type': 'application/json' }).end('{"status": "ok"}');
  } else if (pathname === '/saliency' && headers.accept === 'application/json') {
    const heat = await server.heat(searchParams.get('channel') ?? '');
    response.writeHead(200, { ...cors, 'content-type': 'application/json' }).end(JSON.stringify(heat));
  } else if (file) {
    response.writeHead(200, { ...cors, 'content-type': 'application/octet-stream' }).end(file);
  } else {
    response.writeHead(404, { ...cors, 'content-type': 'application/json' }).end('{"error": "not found"}');
  }
}
