/** The local server of this repository, as a person starts it: Python, TensorFlow, a run and the converted model. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { OUT, ROOT } from './fixtures.ts';

const PYTHON = join(ROOT, '.venv/bin/python');
const RUN = join(OUT, 'run');
const MODEL = join(OUT, 'model');
const START_MS = 110_000; // TensorFlow loads, in five seconds where nothing else runs
const STOP_MS = 10_000;
const STEP_MS = 50;

/** The same in the local network: what its terminal shows lets one device in. */
export interface LanBackend extends Backend {
  /** The newest address with a token, once there is another than `old`. */
  invitation: (old?: string) => Promise<string>;
}

export interface Backend {
  /** What goes into the settings. */
  origin: string;
  /** End it as Ctrl-C does; again, it does nothing. */
  stop: () => Promise<void>;
}

/** Start `python -m backend serve` at a free port, and wait until it answers. Fails with what it wrote. */
export async function startBackend(): Promise<Backend> {
  const { child, stop } = start([]);
  return stoppedOnFailure(stop, async () => ({ origin: await answering(child), stop }));
}

/** Start it with `--lan`, and wait until it shows an address. */
export async function startLan(): Promise<LanBackend> {
  const isAlone = !Object.values(networkInterfaces()).some((all) => all?.some(({ family, internal }) => family === 'IPv4' && !internal));
  const { child, stop } = start(['--lan', ...(isAlone ? ['--host', '127.0.0.1'] : [])]);
  const said = listenTo(child);
  const invitation = async (old = ''): Promise<string> => {
    const newest = () => said().match(INVITATION)?.at(-1);
    await waitFor(child, said, () => Promise.resolve(newest() !== undefined && newest() !== old));
    return newest() ?? '';
  };
  return stoppedOnFailure(stop, async () => ({ origin: new URL(await invitation()).origin, invitation, stop }));
}

const INVITATION = /http:\/\/[\d.]+:\d+\/try\?token=[\w-]+(?=\s)/g;

async function stoppedOnFailure<T>(stop: () => Promise<void>, ready: () => Promise<T>): Promise<T> {
  try {
    return await ready();
  } catch (error) {
    await stop();
    throw error;
  }
}

function start(more: string[]): { child: Child; stop: () => Promise<void> } {
  for (const path of [PYTHON, RUN, MODEL]) {
    if (!existsSync(path)) throw new Error(`${path} is missing: run \`make setup\` and \`python tests/e2e/prepare.py\` first`);
  }
  const args = ['-m', 'backend', '-q', 'serve', RUN, '--port', '0', '--model', MODEL, ...more];
  const child = spawn(PYTHON, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill); // a test that is cut off leaves no server behind
  const stop = async (): Promise<void> => {
    await end(child);
    process.off('exit', kill);
  };
  return { child, stop };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Wait until it has named its address and is healthy. */
async function answering(child: Child): Promise<string> {
  const said = listenTo(child);
  const origin = () => /http:\/\/127\.0\.0\.1:\d+/.exec(said())?.[0];
  await waitFor(child, said, async () => origin() !== undefined && (await isHealthy(origin() ?? '')));
  return origin() ?? '';
}

/** What it has written so far. */
function listenTo(child: Child): () => string {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return () => said;
}

async function waitFor(child: Child, said: () => string, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await done())) {
    if (hasEnded(child)) throw new Error(`The server ended with ${String(child.exitCode)}: ${said()}`);
    if (performance.now() > deadline) throw new Error(`The server does not answer after ${START_MS / 1000} s: ${said()}`);
    await new Promise((wake) => setTimeout(wake, STEP_MS));
  }
}

async function isHealthy(origin: string): Promise<boolean> {
  try {
    return (await fetch(`${origin}/health`)).ok;
  } catch {
    return false; // it does not listen yet
  }
}

async function end(child: Child): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((done) => child.once('exit', done));
  const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGINT');
  await ended;
  clearTimeout(overdue);
}

function hasEnded({ exitCode, signalCode }: Child): boolean {
  return exitCode !== null || signalCode !== null;
}
