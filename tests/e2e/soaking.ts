/** Very many hovers: how long each answer takes, measured inside the page, whether it is right, and what is left behind. */
import { readExpected, type Thumbnail } from './fixtures.ts';
import { readMemory, type Memory } from './memory.ts';
import { ask, OPTIONS } from './own-page.ts';
import { hoverOnce, installProbe, longTasks, PATIENCE_MS, type Shown } from './probe.ts';
import { openPage, setStage, type Stage } from './stage.ts';
import type { BrowserName } from './browser.ts';
import { renamed } from './youtube/videos.ts';

export interface Plan {
  pictures: number;
  hovers: number;
  /** After so many hovers memory is read for the first time: what comes with use is there by then. */
  settled: number;
  /** Every so many rounds over all pictures the answers are forgotten, so that they are made anew. */
  forgetEvery: number;
}

/** One hover: from `pointerover` to the answer, and whether the answer was already there. */
export interface Sample {
  ms: number;
  cached: boolean;
}

export interface Result {
  samples: Sample[];
  /** What was not answered, or wrongly. */
  faults: string[];
  /** Tasks of the page's thread over 50 ms, in ms. */
  longTasks: number[];
  /** Only of Chromium: after `settled` hovers, and at the end. */
  memory: [Memory, Memory] | null;
}

export async function soak(browser: BrowserName, plan: Plan): Promise<Result> {
  const { thumbnails } = readExpected();
  const pictures = Array.from({ length: plan.pictures }, (_, index) => {
    const id = `soak-${String(index).padStart(6, '0')}`;
    return renamed(thumbnails[index % thumbnails.length]!, id);
  });
  const stage = await setStage(browser, { thumbnails: pictures });
  try {
    const own = await stage.openExtensionPage(OPTIONS);
    await stage.page.bringToFront();
    await openPage(stage, 'plain', pictures[0]!.id);
    const forget = () => ask(own, { type: 'clear-cache' });
    return await hoverAll(stage, pictures, plan, forget);
  } finally {
    await stage.close();
  }
}

async function hoverAll(stage: Stage, pictures: Thumbnail[], plan: Plan, forget: () => Promise<unknown>): Promise<Result> {
  const { page } = stage;
  const result: Result = { samples: [], faults: [], longTasks: [], memory: null };
  let before: Memory | null = null;
  await installProbe(page);
  for (let count = 0; count < plan.hovers; count++) {
    const round = Math.floor(count / pictures.length);
    if (count % (pictures.length * plan.forgetEvery) === 0) await forget();
    const picture = pictures[placeIn(count, pictures.length)]!;
    const shown = await hoverOnce(page, picture.id);
    const fault = faultOf(shown, picture);
    if (fault === null) result.samples.push({ ms: shown?.ms ?? NaN, cached: round % plan.forgetEvery !== 0 });
    else result.faults.push(`hover ${count + 1} on ${picture.id}: ${fault}`);
    if (stage.name === 'chromium' && count + 1 === plan.settled) before = await readMemory(stage);
  }
  result.longTasks = await longTasks(page);
  if (before) result.memory = [before, await readMemory(stage)];
  return result;
}

/** Every picture once a round, each time in another order, and never two neighbours one after the other. */
function placeIn(count: number, length: number): number {
  const round = Math.floor(count / length);
  const step = [7, 11, 13, 17, 19][round % 5]!; // prime to the lengths used
  return ((count % length) * step + round) % length;
}

function faultOf(shown: Shown | null, { known, channel }: Thumbnail): string | null {
  if (shown === null) return `no answer within ${PATIENCE_MS / 1000} s`;
  const right = known ? shown.state === 'known' && shown.channel === channel : shown.state === 'unknown';
  return right ? null : `${shown.state} ${shown.channel ?? ''} instead of ${known ? channel : 'unknown'}`;
}
