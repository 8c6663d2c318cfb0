/**
 * Photographs the badge in every state for people to look at: both browsers, both pages, light and dark; and on every
 * layout of YouTube's a picture that somebody else posted.
 *
 * `npm run shots` in extension/ writes build/e2e/shots/BROWSER-PAGE-THEME-STATE.png and BROWSER-LAYOUT-lookalike.png.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, hover, leave, readCard, until, waitForBadge, waitForNoBadge, type Box } from './badge.ts';
import { BROWSERS, type BrowserName } from './browser.ts';
import { OUT, readExpected } from './fixtures.ts';
import { ask, OPTIONS } from './own-page.ts';
import { PAGES, SMALL, type PageName } from './pages.ts';
import { openAddress, openPage, setStage, type Stage } from './stage.ts';
import { FAULTS, HELD } from './thumbnails.ts';
import { LAYOUTS } from './youtube/layouts.ts';
import { layoutUrl, ownerOf } from './youtube/page.ts';
import { videosOf } from './youtube/videos.ts';

const FOLDER = join(OUT, 'shots');
const AROUND = 14; // px of the page around the picture
const { thumbnails } = readExpected();

/** The state's name, and the picture that shows it. */
function states(): [string, string][] {
  const known = thumbnails.filter((thumbnail) => thumbnail.known).map(({ id }) => id);
  const unknown = thumbnails.filter((thumbnail) => !thumbnail.known).map(({ id }) => id);
  return [
    ...known.map((id, index) => [`known-${index + 1}`, id] as [string, string]),
    ...unknown.slice(0, 1).map((id) => ['unknown', id] as [string, string]),
    ...Object.entries(FAULTS).map(([fault, id]) => [`error-${fault}`, id] as [string, string]),
    ...SMALL.map((id) => [id, id] as [string, string]),
  ];
}

async function photograph({ page }: Stage, picture: Box, file: string): Promise<void> {
  const { left, top, width, height } = picture;
  const [x, y] = await page.evaluate(() => [scrollX, scrollY] as const); // a clip counts from the document's corner
  const clip = { x: x + left - AROUND, y: y + top - AROUND, width: width + 2 * AROUND, height: height + 2 * AROUND };
  await page.screenshot({ path: join(FOLDER, `${file}.png`), clip, captureBeyondViewport: false });
}

async function photographPage(stage: Stage, name: PageName, theme: 'light' | 'dark'): Promise<void> {
  const first = thumbnails[0];
  if (!first) throw new Error('expected.json lists no thumbnails');
  await forget(stage);
  if (stage.name === 'chromium') {
    await stage.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]); // the card follows it
  }
  await openPage(stage, name, first.id);
  await stage.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
  const prefix = `${stage.name}-${name}-${theme}`;
  for (const [state, id] of states()) {
    await answerOf(stage.page, id);
    await settled(stage);
    await photograph(stage, await hover(stage.page, id), `${prefix}-${state}`);
  }
  await photographCard(stage, first.id, prefix);
  const held = await hover(stage.page, HELD[name]);
  await waitForBadge(stage.page, 'a badge that waits', (badge) => badge.state === 'waiting');
  await settled(stage);
  await photograph(stage, held, `${prefix}-waiting`);
  stage.site.release();
  await leave(stage.page);
  await waitForNoBadge(stage.page);
}

/** Empty the cache of answers: the picture that waits must wait again. */
async function forget(stage: Stage): Promise<void> {
  const page = await stage.openExtensionPage(OPTIONS);
  await ask(page, { type: 'clear-cache' });
  await page.close();
  await stage.page.bringToFront();
}

async function photographCard(stage: Stage, id: string, prefix: string): Promise<void> {
  await answerOf(stage.page, id);
  const card = await until('a card', () => readCard(stage.page), (found) => found !== null);
  await settled(stage);
  if (card) await photograph(stage, card.box, `${prefix}-card`);
  await leave(stage.page);
  await waitForNoBadge(stage.page);
}

/** The most certain picture of those that are somebody else's, on every layout. */
async function photographLookalikes(stage: Stage): Promise<void> {
  const copies = videosOf(thumbnails).filter(({ own, thumbnail }) => !own && thumbnail.known);
  const [copy] = copies.toSorted((one, other) => other.thumbnail.probability - one.thumbnail.probability);
  if (!copy) throw new Error('expected.json lists no known thumbnails');
  for (const layout of LAYOUTS) {
    await openAddress(stage, layoutUrl(layout, ownerOf(thumbnails)), copy.id);
    await answerOf(stage.page, copy.id);
    await settled(stage);
    await photograph(stage, await hover(stage.page, copy.id), `${stage.name}-${layout}-lookalike`);
  }
}

/** Wait for the end of the badge's animations. */
async function settled({ page }: Stage): Promise<void> {
  await page.evaluate(async () => {
    const shown = document.querySelector('thumbprint-badge')?.shadowRoot?.querySelectorAll('.badge, .card') ?? [];
    await Promise.all(Array.from(shown).flatMap((part) => part.getAnimations().map(({ finished }) => finished)));
  });
}

async function photographAll(browser: BrowserName): Promise<void> {
  const stage = await setStage(browser, { thumbnails });
  try {
    for (const page of Object.keys(PAGES) as PageName[]) {
      await photographPage(stage, page, 'light');
      await photographPage(stage, page, 'dark');
    }
    await photographLookalikes(stage);
  } finally {
    await stage.close();
  }
}

async function main(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const browser of BROWSERS) await photographAll(browser);
}

void main();
