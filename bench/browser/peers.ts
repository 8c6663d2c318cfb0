/** The packages that the extension is measured against: installed when they are needed, told by their versions. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const BENCH = resolve(import.meta.dirname, '..');
const MODULES = join(BENCH, 'node_modules');
const TIMEOUT_MS = 600_000;

/** Install what package-lock.json pins, unless just that is there. */
export function installPeers(): void {
  const pinned = dependencies();
  if (Object.entries(pinned).every(([name, version]) => installed(name) === version)) return;
  process.stderr.write('Installing what the bench compares with (bench/package.json).\n');
  const command = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', command, { cwd: BENCH, stdio: ['ignore', 'ignore', 'inherit'], timeout: TIMEOUT_MS });
}

/** The pinned version of every peer, by its name. */
export function dependencies(): Record<string, string> {
  const { dependencies } = readJson(join(BENCH, 'package.json')) as { dependencies: Record<string, string> };
  return dependencies;
}

/** A file of a peer's package, by its path there. */
export function peerFile(path: string): string {
  return join(MODULES, path);
}

function installed(name: string): string | null {
  const path = join(MODULES, name, 'package.json');
  return existsSync(path) ? (readJson(path) as { version: string }).version : null;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
