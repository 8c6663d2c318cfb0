/** The real extension in a browser of its own, on a page of thumbnails that it has not seen, hovered one by one. */
import { relative } from 'node:path';
import type { Page } from 'puppeteer-core';
import { frames, leave, readBadge, readCard, until } from '../../tests/e2e/badge.ts';
import type { BrowserName } from '../../tests/e2e/browser.ts';
import { OUT, type Thumbnail } from '../../tests/e2e/fixtures.ts';
import { PAGES } from '../../tests/e2e/pages.ts';
import { hoverOnce, installProbe } from '../../tests/e2e/probe.ts';
import type { StaticFiles } from '../../tests/e2e/server.ts';
import { openAddress, setStage, type Stage } from '../../tests/e2e/stage.ts';
import { pathOf } from '../../tests/e2e/thumbnails.ts';
import { EXACT_CLOCK } from './plan.ts';
import { IDLE, QUIET, stopBackground } from './stopping.ts';

const PATH = '/thumbnails';
const SETTLED = 30; // frames after the page's load; its content script starts before

export interface Setting {
  /** The folder of the package. */
  extension: string;
  /** Files that the page's thumbnails are made of, in turn. */
  pictures: readonly string[];
  /** How many thumbnails the page has, each with an id of its own: no answer is there before. */
  count: number;
}

export class Hovering {
  readonly #stage: Stage;
  /** A page of the extension, where its background is to be stopped. */
  readonly #own: Page | null;
  readonly #ids: string[];

  private constructor(stage: Stage, own: Page | null, ids: string[]) {
    this.#stage = stage;
    this.#own = own;
    this.#ids = ids;
  }

  /** A page whose extension has answered already, and whose background lives on. */
  static async openWarm(browser: BrowserName, setting: Setting): Promise<Hovering> {
    const thumbnails = thumbnailsOf(setting);
    const stage = await set(browser, setting, thumbnails);
    return closedOnError(stage, async () => {
      const [first, ...rest] = thumbnails.map(({ id }) => id);
      await openAddress(stage, ADDRESS, first!);
      await installProbe(stage.page);
      return new Hovering(stage, null, rest);
    });
  }

  /** A fresh browser: the extension was just installed, its model was never loaded, and its background is not running. */
  static async openCold(browser: BrowserName, setting: Setting): Promise<Hovering> {
    const thumbnails = thumbnailsOf(setting);
    const stage = await set(browser, setting, thumbnails, IDLE);
    return closedOnError(stage, async () => {
      const own = await stage.openExtensionPage(QUIET);
      await stage.page.bringToFront();
      await stage.page.goto(ADDRESS, { waitUntil: 'load' });
      await installProbe(stage.page);
      await frames(stage.page, SETTLED);
      await stopBackground(stage, own);
      return new Hovering(stage, own, thumbnails.map(({ id }) => id));
    });
  }

  /** Hover the next thumbnail; ms from `pointerover` to its answer, the dwell among them. */
  async next(): Promise<number> {
    const id = this.#ids.shift();
    if (id === undefined) throw new Error('the page has no more thumbnails');
    const shown = await hoverOnce(this.#stage.page, id);
    if (shown?.state !== 'known' && shown?.state !== 'unknown') {
      const badge = await readBadge(this.#stage.page);
      throw new Error(`${this.#stage.name}: ${id} was not answered, but ${JSON.stringify(shown)}: ${badge?.text ?? 'no badge'}`);
    }
    return shown.ms;
  }

  /** End the background as the browser does when it is idle, then hover the next thumbnail. */
  async nextAfterStop(): Promise<number> {
    if (this.#own === null) throw new Error('opened warm, to stay so');
    const { page } = this.#stage;
    await leave(page);
    // The card of the picture before would lie over the next one.
    await until('the card is gone', () => readCard(page), (card) => card === null);
    await stopBackground(this.#stage, this.#own);
    return this.next();
  }

  close(): Promise<void> {
    return this.#stage.close();
  }
}

const ADDRESS = new URL(PATH, PAGES.plain).href;

function set(browser: BrowserName, { extension }: Setting, thumbnails: Thumbnail[], idle = {}): Promise<Stage> {
  return setStage(browser, { extension, thumbnails, files: page(thumbnails), preferences: { ...EXACT_CLOCK, ...idle } });
}

async function closedOnError<T>(stage: Stage, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await stage.close();
    throw error;
  }
}

function thumbnailsOf({ pictures, count }: Setting): Thumbnail[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `bench${String(index).padStart(6, '0')}`;
    const file = relative(OUT, pictures[index % pictures.length]!);
    const answer = { state: '' as const, channel: '', display_name: '', known: false, probability: 0, probabilities: [], unknown: null };
    return { id, path: pathOf(id), file, type: 'image/jpeg', source: file, ...answer };
  });
}

function page(thumbnails: readonly Thumbnail[]): StaticFiles {
  const images = thumbnails.map(({ id, path }) => `<img id="${id}" src="https://i.ytimg.com${path}" width="336" height="189">`);
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Thumbnails</title>
    <style>body { margin: 24px; } img { margin: 8px; object-fit: cover; }</style>${images.join('\n')}</html>`;
  return new Map([[PATH, { type: 'text/html; charset=utf-8', body: Buffer.from(body) }]]);
}
