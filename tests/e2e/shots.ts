/**
 * Photographs the badge in every state for people to look at: both browsers, both pages, light and dark.
 *
 * `npm run shots` in extension/ writes build/e2e/shots/BROWSER-PAGE-THEME-STATE.png.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, hover, leave, waitForBadge, waitForNoBadge, type Box } from './badge.ts';
import { BROWSERS, type BrowserName } from './browser.ts';
import { OUT, readExpected } from './fixtures.ts';
import { PAGES, SMALL, type PageName } from './pages.ts';
import { openPage, setStage, type Stage } from './stage.ts';
import { FAULTS, HELD } from './thumbnails.ts';

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
  await openPage(stage, name, first.id);
  await stage.page.evaluate((value) => document.documentElement.setAttribute('data-theme', value), theme);
  const prefix = `${stage.name}-${name}-${theme}`;
  for (const [state, id] of states()) {
    await answerOf(stage.page, id);
    await settled(stage);
    await photograph(stage, await hover(stage.page, id), `${prefix}-${state}`);
  }
  const held = await hover(stage.page, HELD[name]);
  await waitForBadge(stage.page, 'a badge that waits', (badge) => badge.state === 'waiting');
  await settled(stage);
  await photograph(stage, held, `${prefix}-waiting`);
  stage.site.release();
  await leave(stage.page);
  await waitForNoBadge(stage.page);
}

/** Wait for the end of the badge's animations. */
async function settled({ page }: Stage): Promise<void> {
  await page.evaluate(async () => {
    const badge = document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector('.badge');
    await Promise.all((badge?.getAnimations() ?? []).map(({ finished }) => finished));
  });
}

async function photographAll(browser: BrowserName): Promise<void> {
  const stage = await setStage(browser, { thumbnails });
  try {
    for (const page of Object.keys(PAGES) as PageName[]) {
      await photographPage(stage, page, 'light');
      await photographPage(stage, page, 'dark');
    }
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
