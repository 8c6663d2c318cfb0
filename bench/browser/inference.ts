/** Decode, crop, resize, inference in the background: ours and its peers on the same pictures, taking turns. */
import type { Page } from 'puppeteer-core';
import type { BrowserName } from '../../tests/e2e/browser.ts';
import { setStage } from '../../tests/e2e/stage.ts';
import { PAGE } from './extension.ts';
import { EXACT_CLOCK } from './plan.ts';
import { ratio, rounded, spreadOf, type Spread } from './statistics.ts';
import { CONTENDERS, type Contender, type Failed, type Loaded, type Measured, type Order } from './worker/orders.ts';

export interface Inference {
  /** Of TensorFlow.js; the same for ours, the full network and nsfwjs. */
  backend: string;
  threads: number;
  pictures: number;
  /** From nothing to a warm model, ms, once and in this order; the first of TensorFlow.js also starts WebAssembly. */
  load: Loaded['load'];
  /** ms. `decode` is the same for all; `total` is from the file to the answer. */
  decode: Spread;
  phases: Record<Contender, Record<string, Spread>>;
  /** Medians of ours by those of the other, for the phase of that name. */
  ratios: Record<string, number>;
  /** Largest difference between a probability of ours and of onnxruntime, over all pictures. */
  onnx_difference: number;
}

/** Run the bench's extension on its first `pictures` pictures, of which it has `available`. */
export async function benchInference(
  browser: BrowserName,
  extension: string,
  { pictures, warmUp, available }: { pictures: number; warmUp: number; available: number },
): Promise<{ version: string; figures: Inference }> {
  const stage = await setStage(browser, { extension, preferences: EXACT_CLOCK });
  try {
    const own = await stage.openExtensionPage(PAGE);
    const loaded = await obey<Loaded>(own, { type: 'load' });
    const measured: Measured[] = [];
    for (let turn = 0; turn < warmUp + pictures; turn++) {
      const found = await obey<Measured>(own, { type: 'picture', file: `pictures/${turn % available}`, turn });
      if (turn >= warmUp) measured.push(found);
    }
    return { version: await stage.browser.version(), figures: summary(loaded, measured) };
  } finally {
    await stage.close();
  }
}

async function obey<T extends object>(own: Page, order: Order): Promise<T> {
  const reply = await own.evaluate((sent) => chrome.runtime.sendMessage<Order, unknown>(sent), order);
  const answer = reply as T | Failed | null;
  if (answer === null || 'error' in answer) throw new Error(`${order.type}: ${answer === null ? 'no answer' : answer.error}`);
  return answer;
}

function summary({ backend, threads, load }: Loaded, measured: readonly Measured[]): Inference {
  const phases = Object.fromEntries(CONTENDERS.map((name) => [name, phasesOf(name, measured)])) as Inference['phases'];
  const by = (other: Contender, phase: string): number => ratio(phases.ours[phase]!, phases[other][phase]!);
  return {
    backend,
    threads,
    pictures: measured.length,
    load: Object.fromEntries(Object.entries(load).map(([name, ms]) => [name, rounded(ms)])) as Loaded['load'],
    decode: spreadOf(measured.map(({ decode }) => decode)),
    phases,
    ratios: {
      inference_by_nsfwjs: by('nsfwjs', 'inference'),
      inference_by_full: by('full', 'inference'),
      inference_by_onnxruntime: by('onnxruntime', 'inference'),
      pixels_by_nsfwjs: by('nsfwjs', 'pixels'),
      total_by_nsfwjs: by('nsfwjs', 'total'),
      total_by_full: by('full', 'total'),
    },
    onnx_difference: Math.max(...measured.map(({ difference }) => difference)),
  };
}

/** Every phase, and their sums: `pixels` from decoded pixels to the answer, `total` with decoding. */
function phasesOf(name: Contender, measured: readonly Measured[]): Record<string, Spread> {
  const samples = measured.map(({ decode, phases }) => {
    const pixels = pixelsToAnswer(name, phases);
    return { ...phases[name], pixels, total: decode + pixels };
  });
  const all = Object.keys(samples[0] ?? {}) as (keyof (typeof samples)[number])[];
  return Object.fromEntries(all.map((phase) => [phase, spreadOf(samples.map((sample) => sample[phase]))]));
}

/** nsfwjs scales by itself in `classify`; onnxruntime is given what ours is given. */
function pixelsToAnswer(name: Contender, phases: Measured['phases']): number {
  if (name === 'nsfwjs') return phases.nsfwjs['classify']!;
  const { crop, resize } = phases[name === 'full' ? 'full' : 'ours'];
  return crop! + resize! + phases[name]['inference']!;
}
