/** Very many hovers: how long each answer takes, measured inside the page, whether it is right, and what is left behind. */
import type { Page } from 'puppeteer-core';
import { leave } from './badge.ts';
import { readExpected, type Thumbnail } from './fixtures.ts';
import { readMemory, type Memory } from './memory.ts';
import { ask, OPTIONS } from './own-page.ts';
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

interface Shown {
  ms: number;
  state: string;
  channel: string | null;
}

/** What the measuring script leaves in the page's window. */
interface Probe {
  wanted: string;
  shown: Promise<Shown | null>;
  longTasks: number[];
}
type Probed = Window & { probe: Probe };

const BOUND_MS = 15_000;

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
  result.longTasks = await page.evaluate(() => (window as unknown as Probed).probe.longTasks);
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
  if (shown === null) return `no answer within ${BOUND_MS / 1000} s`;
  const right = known ? shown.state === 'known' && shown.channel === channel : shown.state === 'unknown';
  return right ? null : `${shown.state} ${shown.channel ?? ''} instead of ${known ? channel : 'unknown'}`;
}

/** From outside of all pictures onto one; null where no answer comes. */
async function hoverOnce(page: Page, id: string): Promise<Shown | null> {
  await leave(page);
  const [x, y] = await page.evaluate(
    (wanted, bound) => {
      const { probe } = window as unknown as Probed;
      probe.wanted = wanted;
      probe.shown = Promise.race([
        new Promise<Shown>((shown) => {
          document.addEventListener('probe-shown', (event) => shown((event as CustomEvent<Shown>).detail), { once: true });
        }),
        new Promise<null>((late) => setTimeout(() => late(null), bound)),
      ]);
      const picture = document.getElementById(wanted)!;
      picture.scrollIntoView({ block: 'center', behavior: 'instant' });
      const { left, top, width, height } = picture.getBoundingClientRect();
      return [left + width / 2, top + height / 2] as const;
    },
    id,
    BOUND_MS,
  );
  await page.mouse.move(x, y);
  return page.evaluate(() => (window as unknown as Probed).probe.shown);
}

/** Notes when the pointer comes onto the wanted picture, and tells when a badge first says something after that. */
async function installProbe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const probe: Probe = { wanted: '', shown: Promise.resolve(null), longTasks: [] };
    Object.assign(window, { probe });
    let began = NaN;
    let host: Element | null = null;
    document.addEventListener(
      'pointerover',
      ({ target }) => {
        began = (target as Element).id === probe.wanted ? performance.now() : NaN;
      },
      true,
    );
    const badges = new MutationObserver(() => {
      const badge = host?.shadowRoot?.querySelector<HTMLElement>('.badge');
      const { state, channel } = badge?.dataset ?? {};
      if (state === undefined || state === 'waiting' || Number.isNaN(began)) return;
      const detail: Shown = { ms: performance.now() - began, state, channel: channel ?? null };
      began = NaN;
      document.dispatchEvent(new CustomEvent('probe-shown', { detail }));
    });
    const hosts = new MutationObserver(() => {
      const found = document.querySelector('thumbprint-badge');
      if (found === host || !found?.shadowRoot) return;
      host = found;
      badges.observe(found.shadowRoot, { childList: true, subtree: true, attributeFilter: ['data-state'] });
    });
    hosts.observe(document.documentElement, { childList: true });
    document.documentElement.append(document.createComment('probe')); // looks for a host that is there already
    if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) probe.longTasks.push(duration);
      }).observe({ type: 'longtask' });
    }
  });
}
