/** A page at a glance for long: ten thousand px of it scrolled through, and two hundred pages one after the other. */
import type { Page } from 'puppeteer-core';
import { leave } from './badge.ts';
import type { BrowserName } from './browser.ts';
import { readExpected, type Thumbnail } from './fixtures.ts';
import { addressOf, allMarked, gridPage, HOST, htmlFiles, manyThumbnails, pictureFiles } from './glance.ts';
import { readMemory, type Memory } from './memory.ts';
import { choose } from './own-page.ts';
import { PAGES } from './pages.ts';
import { inExtension } from './settings.ts';
import { setStage, type Stage } from './stage.ts';

export interface GlancePlan {
  scrolled: number;
  pages: number;
  /** After so many pages memory is read for the first time. */
  settled: number;
}

export interface GlanceResult {
  /** Thumbnails that were in view for a second without a mark, or with that of another picture. */
  dropped: string[];
  /** How many were looked at. */
  looked: number;
  /** Tasks of the page's thread over 50 ms meanwhile, in ms. */
  longTasks: number[];
  /** Only of Chromium: after `settled` pages, and at the end. */
  memory: [Memory, Memory] | null;
}

const PER_PAGE = 40;
const SPEED = 600; // px a second: a thumbnail is in view for longer than a second
const BOUND_MS = 60_000;

export async function glanceSoak(browser: BrowserName, { scrolled, pages, settled }: GlancePlan): Promise<GlanceResult> {
  const { thumbnails } = readExpected();
  const many = manyThumbnails(thumbnails, Math.max(pages * PER_PAGE, 600));
  const long = many.slice(0, 600);
  const files = new Map([
    ...htmlFiles({ '/long': gridPage(long, { width: 240 }), '/pages': gridPage(many.slice(0, PER_PAGE)) }),
    ...pictureFiles(many),
  ]);
  const stage = await setStage(browser, { thumbnails, files });
  try {
    await inExtension(stage, (own) => choose(own, { glanceSites: [HOST] }));
    await stage.page.bringToFront();
    const scrolling = await scrollThrough(stage.page, long, scrolled);
    return { ...scrolling, memory: await turnPages(stage, many, { pages, settled }) };
  } finally {
    await stage.close();
  }
}

type Scrolling = Pick<GlanceResult, 'dropped' | 'looked' | 'longTasks'>;

async function scrollThrough(page: Page, long: readonly Thumbnail[], scrolled: number): Promise<Scrolling> {
  await page.goto(new URL('/long', PAGES.plain).href, { waitUntil: 'load' });
  await leave(page);
  await allMarked(page);
  const channels = Object.fromEntries(long.map(({ id, known, channel }) => [id, known ? channel : '']));
  return page.evaluate(watchScrolling, channels, scrolled, SPEED);
}

/** Runs in the page: scrolls, and looks ten times a second at what has been in view for a second. */
async function watchScrolling(channels: Record<string, string>, scrolled: number, speed: number): Promise<Scrolling> {
  const [dropped, looked, since] = [new Set<string>(), new Set<string>(), new Map<Element, number>()];
  const longTasks: number[] = [];
  if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
  }
  const begun = performance.now();
  for (let next = 0; scrollY < scrolled - 1; ) {
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const now = performance.now();
    scrollTo(0, Math.min(scrolled, ((now - begun) / 1000) * speed));
    if (now < next) continue;
    next = now + 100;
    const marks = Array.from(document.querySelector('thumbprint-glance')!.shadowRoot!.querySelectorAll<HTMLElement>('.mark'), (mark) => ({
      box: mark.getBoundingClientRect(),
      channel: mark.dataset['channel'] ?? '',
    }));
    for (const image of document.querySelectorAll('main img')) {
      const { left, top, bottom } = image.getBoundingClientRect();
      if (bottom < 10 || top > innerHeight - 10) {
        since.delete(image);
        continue;
      }
      since.set(image, since.get(image) ?? now);
      const mark = marks.find(({ box }) => Math.abs(box.left - left) < 2 && Math.abs(box.top - top) < 2);
      if (mark !== undefined && mark.channel !== channels[image.id]) dropped.add(`${image.id} is marked ${mark.channel}`);
      if (now - since.get(image)! < 1000) continue;
      looked.add(image.id);
      if (mark === undefined) dropped.add(image.id);
    }
  }
  return { dropped: [...dropped], looked: looked.size, longTasks };
}

/** The page stays, and shows other thumbnails, as sites do that never load another one. */
async function turnPages(stage: Stage, many: readonly Thumbnail[], plan: Pick<GlancePlan, 'pages' | 'settled'>): Promise<GlanceResult['memory']> {
  const { page } = stage;
  await page.goto(new URL('/pages', PAGES.plain).href, { waitUntil: 'load' });
  let before: Memory | null = null;
  for (let number = 0; number < plan.pages; number++) {
    const shown = many.slice(number * PER_PAGE, (number + 1) * PER_PAGE).map((one) => ({ id: one.id, src: addressOf(one) }));
    await page.evaluate((pictures) => {
      document.querySelector('main')!.replaceChildren(
        ...pictures.map((picture) => {
          const link = document.createElement('a');
          link.append(Object.assign(new Image(), { ...picture, alt: '' }));
          return link;
        }),
      );
    }, shown);
    await allMarked(page, PER_PAGE, BOUND_MS);
    if (stage.name === 'chromium' && number + 1 === plan.settled) before = await readMemory(stage);
  }
  return before && [before, await readMemory(stage)];
}
