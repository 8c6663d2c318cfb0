/**
 * The whole internet of the tests: one proxy on 127.0.0.1 through which the browsers send everything.
 *
 * A tunnel to a known host ends in our own HTTPS server; any other host is refused and logged, so nothing leaves the
 * machine and a request that should not be made is seen.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import type { Thumbnail } from './fixtures.ts';
import { PAGES, servePage, type PageName } from './pages.ts';
import { THUMBNAIL_HOSTS, thumbnailServer } from './thumbnails.ts';

export interface Asked {
  host: string;
  path: string;
  /** Sec-Fetch-Dest: `image` for the page's own pictures, `empty` for a script's fetch. */
  destination: string;
  /** Whether a cookie came with it: thumbnails set one, to see who sends it back. */
  cookie: boolean;
  /** The page that the request names as its own, or ''. */
  referrer: string;
}

/** Files by address, those of the plain page's host also by path. */
export type StaticFiles = ReadonlyMap<string, { type: string; body: Buffer; status?: number; headers?: Record<string, string> }>;

export interface Site {
  port: number;
  /** Every request that was answered, in order. */
  asked: Asked[];
  /** Hosts that were asked for and do not exist here. */
  refused: string[];
  /** Let the bytes of held thumbnails go; returns how many requests waited for them. */
  release: () => number;
  close: () => Promise<void>;
}

const PAGE_OF_HOST = new Map(
  (Object.keys(PAGES) as PageName[]).map((page) => [new URL(PAGES[page]).host, page] as const),
);
const HOSTS = [...PAGE_OF_HOST.keys(), ...THUMBNAIL_HOSTS];

/** Serve the pages, the thumbnails and further files until `close`. */
export async function serve(thumbnails: readonly Thumbnail[], files: StaticFiles = new Map()): Promise<Site> {
  const asked: Asked[] = [];
  const refused: string[] = [];
  const pictures = thumbnailServer(thumbnails);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { host, path } = note(request, asked);
    const page = PAGE_OF_HOST.get(host);
    const file = files.get(`https://${host}${path}`) ?? (page === 'plain' ? files.get(path) : undefined);
    if (file) response.writeHead(file.status ?? 200, { 'content-type': file.type, ...file.headers }).end(file.body);
    else if (page) servePage(response, page, path, thumbnails);
    else pictures.answer(path)(request, response);
  };
  const hosts = [...new Set([...HOSTS, ...hostsOf(files)])];
  const proxy = await startProxy(https.createServer(await certificate(hosts), handle), hosts, refused);
  return { ...proxy, asked, refused, release: pictures.release };
}

/** Log a request. */
function note({ headers, url }: IncomingMessage, asked: Asked[]): Asked {
  const { host, pathname } = new URL(url ?? '/', `https://${headers.host ?? ''}`);
  const destination = String(headers['sec-fetch-dest']);
  const { cookie, referer: referrer = '' } = headers;
  const entry = { host, path: pathname, destination, cookie: cookie !== undefined, referrer };
  asked.push(entry);
  return entry;
}

/** Listen on a free port of 127.0.0.1 and lead what is for our hosts into `secure`. */
async function startProxy(secure: https.Server, hosts: readonly string[], refused: string[]): Promise<Pick<Site, 'port' | 'close'>> {
  const sockets = new Set<Duplex>();
  const proxy = http.createServer((request, response) => {
    refused.push(request.url ?? '');
    response.writeHead(502).end();
  });
  proxy.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // a browser may hang up whenever it likes
    if (isKnown(request.url ?? '', hosts)) tunnel(secure, socket, head);
    else refuse(request.url ?? '', socket, refused);
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    proxy.closeAllConnections();
    await new Promise((done) => proxy.close(done));
  };
  return { port: (proxy.address() as AddressInfo).port, close };
}

/** The hosts of files that are named by their whole address. */
function hostsOf(files: StaticFiles): string[] {
  return [...files.keys()].filter((key) => key.startsWith('https://')).map((key) => new URL(key).host);
}

function isKnown(authority: string, hosts: readonly string[]): boolean {
  const [host = '', port] = authority.split(':');
  return port === '443' && hosts.includes(host);
}

function refuse(authority: string, socket: Duplex, refused: string[]): void {
  refused.push(authority);
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
}

function tunnel(secure: https.Server, socket: Duplex, head: Buffer): void {
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  secure.emit('connection', socket);
}

async function certificate(hosts: readonly string[]): Promise<{ key: string; cert: string }> {
  const altNames = hosts.map((value) => ({ type: 2 as const, value }));
  const pems = await generate([{ name: 'commonName', value: 'Thumbprint test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames }],
  });
  return { key: pems.private, cert: pems.cert };
}
