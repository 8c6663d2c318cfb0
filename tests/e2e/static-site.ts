/** The page to try pictures as `make site` writes it, on the plainest static host, under a path of its own. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { OUT, ROOT, type Thumbnail } from './fixtures.ts';

const PATH = '/some/where/';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface StaticSite {
  url: string;
  close: () => Promise<void>;
}

/** Build it with the model whose answers are known and these samples, named after their channels, and serve it. */
export async function serveSite(samples: readonly Thumbnail[]): Promise<StaticSite> {
  const folder = mkdtempSync(join(tmpdir(), 'thumbprint-site-'));
  mkdirSync(join(folder, 'samples'));
  for (const { file, channel } of samples) copyFileSync(join(OUT, file), join(folder, 'samples', `${channel}${extname(file)}`));
  const args = ['extension/build.mjs', '--site', join(folder, 'site'), '--samples', join(folder, 'samples'), '--model', join(OUT, 'model')];
  const built = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  const server = http.createServer(({ url = '/' }, response) => {
    const name = normalize(decodeURIComponent(new URL(url, 'http://host').pathname));
    const file = join(folder, 'site', name.slice(PATH.length) || 'index.html');
    try {
      if (!name.startsWith(PATH)) throw new Error(name);
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    rmSync(folder, { recursive: true });
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`, close };
}
