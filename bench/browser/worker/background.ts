/** The background of the bench's extension: a service worker in Chromium, an event page in Firefox, as ours is. */
import { env, getBackend } from '@tensorflow/tfjs-core';
import { decode } from '../../../extension/src/model/decode.ts';
import { LOADERS, readFile, type Runner } from './contenders.ts';
import { CONTENDERS, type Contender, type Loaded, type Measured, type Order, type Phases } from './orders.ts';

const runners = new Map<Contender, Runner>();

function url(path: string): string {
  return chrome.runtime.getURL(path);
}

async function load(): Promise<Loaded> {
  const taken: Partial<Record<Contender, number>> = {};
  for (const name of CONTENDERS) {
    const begun = performance.now();
    runners.set(name, await LOADERS[name](url));
    taken[name] = performance.now() - begun;
  }
  const threads = env().getBool('WASM_HAS_MULTITHREAD_SUPPORT') ? navigator.hardwareConcurrency : 1;
  return { backend: getBackend(), threads, load: taken as Loaded['load'] };
}

/** Decode once, then let every contender answer; who begins changes from turn to turn. */
async function measure(file: string, turn: number): Promise<Measured> {
  const blob = new Blob([await readFile(url(file))], { type: 'image/jpeg' });
  const begun = performance.now();
  const picture = await decode(blob);
  const taken = performance.now() - begun;
  const phases: Partial<Record<Contender, Phases>> = {};
  const answers = new Map<Contender, readonly number[]>();
  for (let place = 0; place < CONTENDERS.length; place++) {
    const name = CONTENDERS[(turn + place) % CONTENDERS.length]!;
    const timed = await runners.get(name)!(picture);
    phases[name] = timed.phases;
    if (timed.probabilities) answers.set(name, timed.probabilities);
  }
  const difference = apart(answers.get('ours') ?? [], answers.get('onnxruntime') ?? []);
  return { decode: taken, phases: phases as Measured['phases'], difference };
}

/** The largest difference; NaN where they do not answer for the same channels. */
function apart(one: readonly number[], other: readonly number[]): number {
  return one.length === other.length ? Math.max(...one.map((value, i) => Math.abs(value - other[i]!))) : NaN;
}

function obey(order: Order): Promise<Loaded | Measured> {
  return order.type === 'load' ? load() : measure(order.file, order.turn);
}

chrome.runtime.onMessage.addListener((order: Order, _, reply: (answer: unknown) => void) => {
  obey(order).then(reply, (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
  return true; // the reply comes later
});
