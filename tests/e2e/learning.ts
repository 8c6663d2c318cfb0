/** Learning a channel on a page that is built like YouTube's: its drawn thumbnails, and what a person sees and presses. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { until, type Box } from './badge.ts';
import { OUT, readOut } from './fixtures.ts';
import type { StaticFiles } from './server.ts';
import { channelPage, type ChannelPageProps } from './youtube/channel-page.ts';

/** The extension of a release: it knows no channel. */
export const RELEASED = join(OUT, 'released/extension');
export const RELEASED_SHIPPED = join(OUT, 'released/shipped');

export interface DrawnChannel {
  name: string;
  handle: string;
  id: string;
  videos: string[];
}

const FOLDER = 'demo/data/images';

/** The drawn channels of the demo, whose pictures are videos here. */
export function drawnChannels(): DrawnChannel[] {
  const folders = readdirSync(join(OUT, FOLDER)).filter((name) => !name.startsWith('_') && name !== 'negatives').sort();
  return folders.map((folder, index) => ({
    name: folder.replaceAll(/[-_]/g, ' ').replaceAll(/\b\w/g, (letter) => letter.toUpperCase()),
    handle: `@${folder.replaceAll(/[^\w]/g, '')}`,
    id: `UC${String(index).padStart(22, 'a')}`,
    videos: readdirSync(join(OUT, FOLDER, folder)).sort().map((_, at) => videoId(index, at)),
  }));
}

function videoId(channel: number, at: number): string {
  return `drawn-${channel}-${String(at).padStart(3, '0')}`;
}

/** Every drawn picture as the thumbnail of its video, in the sizes that are asked for. */
export function drawnFiles(): StaticFiles {
  const folders = readdirSync(join(OUT, FOLDER)).filter((name) => !name.startsWith('_') && name !== 'negatives').sort();
  return new Map(
    folders.flatMap((folder, index) =>
      readdirSync(join(OUT, FOLDER, folder)).sort().map((file, at) => {
        const type = file.endsWith('.png') ? 'image/png' : file.endsWith('.webp') ? 'image/webp' : 'image/jpeg';
        const body = { type, body: readOut(join(FOLDER, folder, file)) };
        return [`https://i.ytimg.com/vi/${videoId(index, at)}/mqdefault.jpg`, body] as const;
      }),
    ),
  );
}

export function pageFile(path: string, props: ChannelPageProps): [string, { type: string; body: Buffer }] {
  return [`https://${props.skin === 'phone' ? 'm' : 'www'}.youtube.com${path}`, { type: 'text/html; charset=utf-8', body: Buffer.from(channelPage(props)) }];
}

/** What a person sees of the panel; null where there is none. */
export interface SeenPanel {
  title: string;
  lead: string;
  heard: string;
  buttons: string[];
  cells: number;
  ticked: number;
  marks: string[];
  notes: string[];
  drawn: number;
  focus: string;
}

export function readPanel(page: Page): Promise<SeenPanel | null> {
  return page.evaluate(() => {
    const says = document.querySelector('thumbprint-learn')?.shadowRoot?.querySelector('.says');
    const takes = document.querySelector('thumbprint-learn-controls')?.shadowRoot?.querySelector('.takes');
    if (!says || !takes) return null;
    const [title, lead, heard] = ['h2', '.lead', '.heard'].map((one) => says.querySelector<HTMLElement>(one)?.dataset['text'] ?? '');
    const canvases = Array.from(says.querySelectorAll('canvas')).filter((canvas) => canvas.checkVisibility()).map((canvas) => canvas.getContext('2d')?.getImageData(90, 50, 1, 1).data[3]);
    const focused = (takes.getRootNode() as ShadowRoot).activeElement;
    return {
      title: title ?? '',
      lead: lead ?? '',
      heard: heard ?? '',
      buttons: Array.from(takes.querySelectorAll<HTMLElement>('.bottom button'), (button) => button.dataset['text'] ?? ''),
      cells: Array.from(takes.querySelectorAll('[role="checkbox"]')).filter((cell) => cell.checkVisibility()).length,
      ticked: takes.querySelectorAll('[aria-checked="true"]').length,
      marks: Array.from(says.querySelectorAll<HTMLElement>('[data-mark]'), ({ dataset }) => dataset['mark'] ?? ''),
      notes: Array.from(says.querySelectorAll<HTMLElement>('.note'), ({ dataset }) => dataset['text'] ?? ''),
      drawn: canvases.filter((alpha) => alpha === 255).length,
      focus: focused?.getAttribute('aria-label') ?? '',
    };
  });
}

export async function waitForPanel(page: Page, what: string, wanted: (panel: SeenPanel) => boolean): Promise<SeenPanel> {
  const panel = await until(what, () => readPanel(page), (seen) => seen !== null && wanted(seen));
  if (panel === null) throw new Error('unreachable: `wanted` never sees null');
  return panel;
}

export function waitForNoPanel(page: Page): Promise<unknown> {
  return until('no panel', () => readPanel(page), (panel) => panel === null);
}

/** The button beside *Subscribe*; null where there is none to be seen. */
export function readPill(page: Page): Promise<Box | null> {
  return page.evaluate(() => {
    const pill = document.querySelector('thumbprint-pill')?.shadowRoot?.querySelector('.pill');
    if (!pill?.checkVisibility({ visibilityProperty: true })) return null;
    const { left, top, width, height } = pill.getBoundingClientRect();
    return { left, top, width, height };
  });
}

export async function pressPill(page: Page): Promise<void> {
  const pill = await until('the pill', () => readPill(page), (box) => box !== null);
  await page.mouse.click(pill!.left + pill!.width / 2, pill!.top + pill!.height / 2);
}

/** Press a button of the panel, of which a person sees the text. */
export async function pressButton(page: Page, text: string): Promise<void> {
  const box = await until(
    `the button ${text}`,
    () =>
      page.evaluate((wanted) => {
        const takes = document.querySelector('thumbprint-learn-controls')?.shadowRoot;
        const buttons = Array.from(takes?.querySelectorAll<HTMLElement>('button') ?? []);
        const button = buttons.find(({ dataset }) => dataset['text'] === wanted);
        const { left, top, width, height } = button?.getBoundingClientRect() ?? { left: 0, top: 0, width: 0, height: 0 };
        return { left, top, width, height };
      }, text),
    ({ width }) => width > 0,
  );
  await page.mouse.click(box.left + box.width / 2, box.top + box.height / 2);
}

/** Gives a thumbnail of the page an id, by which it is hovered. */
export async function nameImage(page: Page, video: string): Promise<string> {
  await page.evaluate((id) => {
    const image = document.querySelector(`img[src*="${id}/"]`);
    if (image) image.id = id;
  }, video);
  return video;
}

/** Press a button of the thumbnail's card. */
export async function pressCard(page: Page, text: string): Promise<void> {
  const read = () =>
    page.evaluate((wanted) => {
      const root = document.querySelector('thumbprint-card')?.shadowRoot;
      const buttons = Array.from(root?.querySelectorAll<HTMLElement>('button') ?? []);
      const { left, top, width, height } = buttons.find(({ dataset }) => dataset['text'] === wanted)?.getBoundingClientRect() ?? new DOMRect();
      return { left, top, width, height };
    }, text);
  const box = await until(`the button ${text}`, read, ({ width }) => width > 0);
  await page.mouse.move(box.left + box.width / 2, box.top + box.height / 2, { steps: 3 });
  await page.mouse.click(box.left + box.width / 2, box.top + box.height / 2);
}

/** What can be said of an answer, where its list is open. */
export function choices(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.querySelector('thumbprint-badge')?.shadowRoot;
    return Array.from(root?.querySelectorAll<HTMLElement>('.choice') ?? [], ({ dataset }) => dataset['text'] ?? '');
  });
}
