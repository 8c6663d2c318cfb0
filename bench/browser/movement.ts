/**
 * What the content script costs while the pointer moves and never rests, before and after a change:
 *
 *     npm run movement -- --before COMMIT [--rounds N] [--seconds N] [--speed PX]
 *
 * On pages of 60, 1,000 and 5,000 thumbnails and of 5,000 other pictures, each in a list as sites build it, the pointer
 * sweeps over all that is in view. Chromium's own trace tells how long the content script ran for each second of it, and
 * how many hit tests there were for each move, the browser's own among them; both builds take turns, and the medians are
 * printed. Nothing may be fetched from the thumbnail hosts: the pointer rests nowhere.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'puppeteer-core';
import { ROOT, readExpected } from '../../tests/e2e/fixtures.ts';
import { PAGES } from '../../tests/e2e/pages.ts';
import type { StaticFiles } from '../../tests/e2e/server.ts';
import { setStage } from '../../tests/e2e/stage.ts';
import { thumbnailUrl } from '../../tests/e2e/gallery/page.ts';
import { quantile } from './statistics.ts';

const WORK = join(ROOT, 'build/bench/movement');
const SPEED = 900; // px a second, as a hand that crosses the screen in a second and a half
const MOVE_MS = 16;
const SETTLED_MS = 500;

const KINDS = ['60 thumbnails', '1000 thumbnails', '5000 thumbnails', '5000 other pictures'] as const;
type Kind = (typeof KINDS)[number];

interface Figures {
  /** Of the content script, for each second of movement. */
  ms: number;
  hitTests: number;
  fetched: number;
}

interface Plan {
  seconds: number;
  /** Px a second. */
  speed: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  args: { data?: { url?: string } };
}

/** The extension of a commit, or of the working tree, packaged in a folder of its own. */
function packageOf(commit: string | null): string {
  const folder = join(WORK, commit ?? 'now');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const source = commit === null ? ROOT : join(folder, 'source');
  if (commit !== null) {
    mkdirSync(source);
    const archive = execFileSync('git', ['archive', commit, 'extension'], { cwd: ROOT, maxBuffer: 2 ** 28 });
    execFileSync('tar', ['-x', '-C', source], { input: archive });
    symlinkSync(join(ROOT, 'extension/node_modules'), join(source, 'extension/node_modules'));
  }
  const to = join(folder, 'package');
  const options = ['build.mjs', '--package', to, '--model', join(ROOT, 'build/e2e/model')];
  execFileSync(process.execPath, options, { cwd: join(source, 'extension'), stdio: ['ignore', 'ignore', 'inherit'] });
  return to;
}

function files(): StaticFiles {
  return new Map([
    ['/photo.svg', { type: 'image/svg+xml', body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"/>') }],
    ...KINDS.map((kind) => [pathOf(kind), { type: 'text/html; charset=utf-8', body: Buffer.from(pageOf(kind)) }] as const),
  ]);
}

function pathOf(kind: Kind): string {
  return `/${kind.replaceAll(' ', '-')}`;
}

function pageOf(kind: Kind): string {
  const addresses = kind.endsWith('thumbnails') ? readExpected().thumbnails.map((thumbnail) => thumbnailUrl(thumbnail)) : ['/photo.svg'];
  const cards = Array.from({ length: Number.parseInt(kind) }, (_, index) => card(index, addresses[index % addresses.length]!));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${kind}</title><link rel="icon" href="data:,"><style>
    body { margin: 16px; } main { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; }
    .thumb { position: relative; display: block; } img { display: block; width: 100%; height: 168px; }
    .over { position: absolute; inset: 0; } .time { position: absolute; right: 4px; bottom: 4px; background: #000c; color: #fff; }
    </style><main>${cards.join('\n')}</main></html>`;
}

function card(index: number, address: string): string {
  return `<article><a class="thumb" href="#${index}"><div><img src="${address}" alt=""></div><div class="over"><span class="time">1:23</span></div></a>
    <div><h3><a href="#${index}">A video with a title of some words</a></h3><div><a href="#c">A channel</a></div><div><span>1 view</span><span>today</span></div></div></article>`;
}

async function measure(extension: string, plan: Plan): Promise<Record<Kind, Figures>> {
  const { thumbnails } = readExpected();
  const stage = await setStage('chromium', { thumbnails, files: files(), extension });
  try {
    const figures: Partial<Record<Kind, Figures>> = {};
    for (const kind of KINDS) {
      await stage.page.goto(new URL(pathOf(kind), PAGES.plain).href, { waitUntil: 'load' });
      await new Promise((done) => setTimeout(done, SETTLED_MS));
      stage.site.asked.length = 0;
      const { events, moves, took } = await traced(stage.page, plan);
      const fetched = stage.site.asked.filter(({ destination }) => destination === 'empty').length;
      figures[kind] = { ms: (scriptMs(events) * 1000) / took, hitTests: events.filter(({ name }) => name === 'HitTest').length / moves, fetched };
    }
    return figures as Record<Kind, Figures>;
  } finally {
    await stage.close();
  }
}

async function traced(page: Page, plan: Plan): Promise<{ events: TraceEvent[]; moves: number; took: number }> {
  await page.mouse.move(1, 1);
  await page.tracing.start({ categories: ['devtools.timeline', 'blink'] });
  const begun = performance.now();
  const moves = await sweep(page, plan);
  const took = performance.now() - begun;
  const trace = await page.tracing.stop();
  const { traceEvents } = JSON.parse(Buffer.from(trace ?? []).toString()) as { traceEvents: TraceEvent[] };
  return { events: traceEvents, moves, took };
}

/** In rows from the left to the right and back, without a rest; gives the number of moves. */
async function sweep(page: Page, { seconds, speed }: Plan): Promise<number> {
  const { width, height } = page.viewport()!;
  const count = Math.round((seconds * 1000) / MOVE_MS);
  const step = (speed * MOVE_MS) / 1000;
  const across = Math.floor((width - 40) / step);
  for (let move = 0; move < count; move++) {
    const row = Math.floor(move / across);
    const x = 20 + (row % 2 === 0 ? move % across : across - 1 - (move % across)) * step;
    const next = new Promise((wake) => setTimeout(wake, MOVE_MS));
    await page.mouse.move(x, 40 + ((row * 90) % (height - 80)));
    await next;
  }
  return count;
}

/** How long functions of the content script ran, each of those that lie in each other once. */
function scriptMs(events: readonly TraceEvent[]): number {
  const calls = events.filter(({ name, args }) => name === 'FunctionCall' && args.data?.url?.endsWith('/build/content.js'));
  let [sum, end] = [0, 0];
  for (const { ts, dur = 0 } of calls.sort((one, other) => one.ts - other.ts)) {
    sum += Math.max(0, ts + dur - Math.max(ts, end));
    end = Math.max(end, ts + dur);
  }
  return sum / 1000;
}

function print(name: string, rounds: readonly Record<Kind, Figures>[]): void {
  for (const kind of KINDS) {
    const median = (figure: keyof Figures): number => quantile(rounds.map((round) => round[kind][figure]), 0.5);
    const [ms, hitTests, fetched] = [median('ms'), median('hitTests'), median('fetched')];
    process.stdout.write(`${name.padEnd(10)}${kind.padEnd(22)}${ms.toFixed(1).padStart(8)} ms/s${hitTests.toFixed(2).padStart(8)} hit tests a move${String(fetched).padStart(5)} fetched\n`);
  }
}

async function main(): Promise<void> {
  const text = { type: 'string' as const };
  const { values } = parseArgs({ options: { before: text, rounds: text, seconds: text, speed: text } });
  const rounds = Number(values.rounds ?? 3);
  const plan = { seconds: Number(values.seconds ?? 4), speed: Number(values.speed ?? SPEED) };
  const builds = [...(values.before === undefined ? [] : [['before', packageOf(values.before)] as const]), ['now', packageOf(null)] as const];
  const found = new Map<string, Record<Kind, Figures>[]>(builds.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, folder] of builds) found.get(name)!.push(await measure(folder, plan));
  }
  found.forEach((measured, name) => print(name, measured));
}

void main();
