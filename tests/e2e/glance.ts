/** The marks of a whole page, as a person sees them, and pages that have many thumbnails. */
import type { Page } from 'puppeteer-core';
import { until } from './badge.ts';
import { readOut, type Thumbnail } from './fixtures.ts';
import { PAGES } from './pages.ts';
import type { StaticFiles } from './server.ts';
import { renamed } from './youtube/videos.ts';

export interface SeenMark {
  state: string;
  action: string;
  channel: string | null;
  text: string;
  /** In px of the viewport. */
  left: number;
  top: number;
  width: number;
  height: number;
}

export const HOST = new URL(PAGES.plain).host;

/** Every mark that is drawn. */
export function readMarks(page: Page): Promise<SeenMark[]> {
  return page.evaluate(() => {
    const marks = document.querySelector('thumbprint-glance')?.shadowRoot?.querySelectorAll<HTMLElement>('.mark:not([hidden])') ?? [];
    return Array.from(marks, (mark) => {
      const { left, top, width, height } = mark.getBoundingClientRect();
      const { state = '', action = '', channel = null } = mark.dataset;
      return { state, action, channel, text: mark.querySelector<HTMLElement>('.name')?.dataset['text'] ?? '', left, top, width, height };
    });
  });
}

/** The elements of thumbnails that a person sees, and the mark that lies on each; null where there is none. */
export async function marksById(page: Page): Promise<Map<string, SeenMark | null>> {
  const boxes = await page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>('img[id], div[id^="soak"]'), (element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      const isSeen = bottom > 1 && right > 1 && top < innerHeight - 1 && left < innerWidth - 1 && element.offsetWidth >= 60;
      return { id: element.id, left, top, isSeen };
    }).filter(({ isSeen }) => isSeen),
  );
  const marks = await readMarks(page);
  const at = (left: number, top: number) => marks.find((mark) => Math.abs(mark.left - left) < 1.5 && Math.abs(mark.top - top) < 1.5);
  return new Map(boxes.map(({ id, left, top }) => [id, at(left, top) ?? null]));
}

/** Wait until every thumbnail that a person sees has its mark where it is. */
export function allMarked(page: Page, least = 1, boundMs = 30_000): Promise<Map<string, SeenMark | null>> {
  return until(
    'every thumbnail in view is marked',
    () => marksById(page),
    (marks) => marks.size >= least && ![...marks.values()].includes(null),
    boundMs,
  ).catch(async (error: unknown) => {
    const missing = [...(await marksById(page))].filter(([, mark]) => mark === null).map(([id]) => id);
    throw new Error(`${String(error)}; without a mark: ${missing.join(' ')}`);
  });
}

/** So many thumbnails, each of its own video, made of the prepared ones in turn. */
export function manyThumbnails(thumbnails: readonly Thumbnail[], count: number, prefix = 'soak'): Thumbnail[] {
  return Array.from({ length: count }, (_, index) =>
    renamed(thumbnails[index % thumbnails.length]!, `${prefix}-${String(index).padStart(10 - prefix.length, '0')}`),
  );
}

export function addressOf({ path }: Thumbnail): string {
  return `https://i.ytimg.com${path}`;
}

/** A page of thumbnails in rows, of whatever else a test adds to it. */
export function gridPage(thumbnails: readonly Thumbnail[], { width = 144, extra = '', style = '' } = {}): string {
  const images = thumbnails.map((one) => `<a href="#opened-${one.id}"><img id="${one.id}" src="${addressOf(one)}" alt="" loading="lazy"></a>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Grid</title><link rel="icon" href="data:,"><style>
    body { margin: 0; padding: 16px; font: 14px/1.4 sans-serif }
    main { display: grid; grid-template-columns: repeat(auto-fill, ${width}px); gap: 8px }
    main a, main img { display: block; width: ${width}px; height: ${Math.round((width / 16) * 9)}px } ${style}
    </style></head><body><main>${images.join('')}</main>${extra}</body></html>`;
}

/** The pictures of thumbnails that no page built like YouTube's shows. */
export function pictureFiles(thumbnails: readonly Thumbnail[]): StaticFiles {
  const bodies = new Map([...new Set(thumbnails.map(({ file }) => file))].map((file) => [file, readOut(file)]));
  return new Map(thumbnails.map((one) => [addressOf(one), { type: one.type, body: bodies.get(one.file)! }]));
}

export function htmlFiles(pages: Readonly<Record<string, string>>): StaticFiles {
  return new Map(Object.entries(pages).map(([path, html]) => [path, { type: 'text/html; charset=utf-8', body: Buffer.from(html) }]));
}
