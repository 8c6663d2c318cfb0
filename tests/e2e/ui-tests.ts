/** The extension's own pages, as a person uses them: accessible, translated, and asking nobody who was not named. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Page } from 'puppeteer-core';
import { DEFAULT_SETTINGS, type Settings } from '../../extension/src/shared/settings.ts';
import { until } from './badge.ts';
import { setViewport } from './browser.ts';
import { made, OUT, readExpected } from './fixtures.ts';
import { type ModelServer, serveModel } from './model-server.ts';
import { ask, choose } from './own-page.ts';
import { inExtension } from './settings.ts';
import type { Stage } from './stage.ts';
import { THUMBNAIL_HOSTS } from './thumbnails.ts';

const TIMEOUT = { timeout: 120_000 };
const TOLERANCE = 0.01;
const REMOTE = 'http://192.168.1.9:8765';
const SHOTS = join(OUT, 'shots');
const AXE = readFileSync(createRequire(join(import.meta.dirname, '../../extension/package.json')).resolve('axe-core/axe.min.js'), 'utf8');

const { thumbnails } = readExpected();
const THUMBNAIL = made(thumbnails, 'sure');
const WHY = `build/why.html?url=${encodeURIComponent(`https://i.ytimg.com${THUMBNAIL.path}`)}`;

/** Every page, and what is on it once everything has arrived. */
const PAGES = {
  popup: { path: 'build/popup.html', ready: '#facts dd' },
  options: { path: 'build/options.html', ready: '#strictness-words:not(:empty)' },
  welcome: { path: 'build/welcome.html', ready: '.sample[aria-label]' },
  why: { path: WHY, ready: '#answer .bars' },
  privacy: { path: 'build/privacy.html', ready: '.points li:not(:empty)' },
} as const;
type PageName = keyof typeof PAGES;
const NAMES = Object.keys(PAGES) as PageName[];

interface Scene {
  stage: Stage;
  server: ModelServer;
}

export function uiTests(stage: () => Stage): void {
  let server: ModelServer | undefined;
  before(async () => {
    mkdirSync(SHOTS, { recursive: true });
    server = await serveModel();
  }, TIMEOUT);
  after(() => server?.close());
  const scene = (): Scene => {
    assert.ok(server);
    return { stage: stage(), server };
  };
  accessTests(scene);
  optionsTests(scene);
  pictureTests(scene);
  switchTests(scene);
  whyTests(scene);
  test('nobody was asked but the thumbnail hosts and the server that was named', () => {
    const { stage: { site }, server: { asked } } = scene();
    assert.deepEqual(site.asked.filter(({ host }) => !THUMBNAIL_HOSTS.includes(host)), []);
    assert.deepEqual(site.refused.filter((address) => !address.startsWith(REMOTE)), []);
    assert.deepEqual(asked.filter(({ path }) => path !== '/health'), []);
  });
}

function accessTests(scene: () => Scene): void {
  for (const name of NAMES) {
    for (const theme of ['light', 'dark'] as const) {
      test(`${name} has no barriers that axe finds, ${theme}`, TIMEOUT, async (context) => {
        const page = await open(scene(), name);
        if (await setTheme(page, theme, context)) {
          await photograph(scene(), page, `${name}-${theme}`);
          assert.deepEqual(await barriers(page), []);
        }
        await page.close();
      });
    }
    test(`${name} fits into a narrow window, in French`, TIMEOUT, async () => {
      const page = await open(scene(), name, { language: 'fr' });
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'fr');
      await setViewport(page, { width: 360, height: 740 });
      await photograph(scene(), page, `${name}-narrow-fr`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px are cut off`);
      await page.close();
    });
  }
}

function optionsTests(scene: () => Scene): void {
  test('the strictness slider changes the setting and the words', TIMEOUT, async () => {
    const page = await open(scene(), 'options');
    const before = await textOf(page, '#strictness-words');
    const words = /^Recognises \d+.?% of your channels’ thumbnails; takes [\d.]+.?% of others for them\. Of ten named, about \d+ are right,/;
    assert.match(before, words);
    await page.focus('#strictness');
    await page.keyboard.press('Home');
    const { knownRecall } = await stored(page, (settings) => settings.knownRecall !== null);
    assert.ok(knownRecall !== null && knownRecall >= 0.5 && knownRecall < 0.55, String(knownRecall));
    assert.match(await textOf(page, '#strictness-words'), /^Recognises 5\d.?%/);
    await page.click('#as-trained');
    await stored(page, (settings) => settings.knownRecall === null);
    await until('the words of before', () => textOf(page, '#strictness-words'), (text) => text === before);
    await page.close();
  });

  test('another language applies at once, and is stored', TIMEOUT, async () => {
    const page = await open(scene(), 'options');
    assert.equal(await textOf(page, 'h1'), 'Thumbprint options');
    await page.select('#language', 'fr');
    await until('French', () => textOf(page, 'h1'), (text) => text === 'Options de Thumbprint');
    await stored(page, ({ language }) => language === 'fr');
    await page.close();
  });

  test('a file of settings is taken whole, or refused with the name of the field', TIMEOUT, async () => {
    const page = await open(scene(), 'options');
    await give(page, '#import-file', fileOf('bad.json', { ...DEFAULT_SETTINGS, dwellMs: -5 }));
    const says = (text: RegExp) => until(String(text), () => textOf(page, '#import-result'), (said) => text.test(said));
    await says(/“Delay before classifying” \(dwellMs\) cannot be -5/);
    assert.equal((await stored(page)).dwellMs, DEFAULT_SETTINGS.dwellMs);
    await give(page, '#import-file', fileOf('good.json', { ...DEFAULT_SETTINGS, dwellMs: 300, disabledSites: ['b.example'] }));
    await says(/settings of the file apply/);
    assert.equal((await stored(page)).dwellMs, 300);
    await page.click('#sites button');
    await stored(page, ({ disabledSites }) => disabledSites.length === 0);
    await page.close();
  });

  test('the address of a server is checked, and what is wrong is said', TIMEOUT, async () => {
    const page = await open(scene(), 'options');
    await write(page, '#server', REMOTE);
    await until('the problem', () => textOf(page, '#server-problem'), (text) => text.includes('is not on this machine'));
    assert.equal((await stored(page)).server, '');
    await page.click('#remote');
    await stored(page, ({ server }) => server === REMOTE);
    assert.equal(await textOf(page, '#server-problem'), '');
    await page.click('#remote');
    await stored(page, ({ server, remoteServer }) => server === '' && !remoteServer);
    await page.close();
  });
}

function pictureTests(scene: () => Scene): void {
  test('a picture that is chosen gets the answer of the backend, and a place in the list', TIMEOUT, async () => {
    const page = await open(scene(), 'popup');
    await give(page, '#file', join(OUT, THUMBNAIL.file));
    await page.waitForSelector('#output .bars', { timeout: 20_000 });
    await checkAnswer(page, '#output');
    await until('an entry', () => textOf(page, '#history'), (text) => text.includes(THUMBNAIL.display_name));
    await photograph(scene(), page, 'popup-answer');
    await page.close();
  });

  test('a file that is no picture is refused in words', TIMEOUT, async () => {
    const page = await open(scene(), 'welcome');
    await give(page, '#file', fileOf('text.png', 'no picture'));
    await until('a reason', () => textOf(page, '#output .badge[data-state="error"]'), (text) => text.length > 10);
    await page.close();
  });

  test('a drawn sample is answered on the first page', TIMEOUT, async () => {
    const page = await open(scene(), 'welcome');
    const widths = await page.$$eval('.sample img', (images) => images.map((image) => image.naturalWidth));
    assert.deepEqual(widths, [320, 320, 320, 320]);
    await page.click('.sample');
    await page.waitForSelector('#output .bars', { timeout: 20_000 });
    const bars = await page.evaluate(() => document.querySelectorAll('#output .bars li').length);
    assert.equal(bars, readExpected().channels.length + 1);
    await photograph(scene(), page, 'welcome-answer');
    await page.close();
  });

}

function switchTests(scene: () => Scene): void {
  test('a host that was wanted can be allowed', TIMEOUT, async () => {
    const asking = await open(scene(), 'privacy', { anyPicture: true });
    const reply = await ask(asking, { type: 'classify', url: 'https://cdn.example/a.jpg', id: 'wanted' });
    assert.deepEqual(reply, { ok: false, reason: 'not-allowed', detail: 'cdn.example' });
    await asking.close();
    const page = await open(scene(), 'popup', { anyPicture: true });
    await until('the host', () => textOf(page, '#wanted'), (text) => text === 'cdn.exampleAllow');
    await choose(page, { language: 'en' });
    await page.waitForSelector('#wanted-section[hidden]');
    await page.close();
  });

  test('a host that was allowed can be taken back', TIMEOUT, async () => {
    const page = await open(scene(), 'options');
    await page.evaluate(() => chrome.storage.local.set({ allowedOrigins: ['https://cdn.example'] }));
    await choose(page, { language: 'en', anyPicture: true });
    await until('the host', () => textOf(page, '#hosts'), (text) => text === 'cdn.exampleRemove');
    await page.click('#hosts button');
    await page.waitForSelector('#hosts-section[hidden]');
    assert.deepEqual(await page.evaluate(() => chrome.storage.local.get('allowedOrigins')), { allowedOrigins: [] });
    await page.close();
  });

  test('the switch of a site', TIMEOUT, async (context) => {
    if (scene().stage.name === 'firefox') {
      context.skip('Firefox runs no script of a test before those of an extension’s page');
      return;
    }
    const page = await open(scene(), 'popup');
    // As after a click on the icon, which alone shows the address of the tab.
    await page.evaluateOnNewDocument("chrome.tabs.query = async () => [{ url: 'https://www.youtube.com/watch?v=1' }]");
    await page.reload();
    await page.waitForSelector('#site-enabled:checked', { visible: true });
    await photograph(scene(), page, 'popup-site');
    await page.click('#site-enabled');
    await stored(page, ({ disabledSites }) => disabledSites.join() === 'www.youtube.com');
    await until('the word', () => textOf(page, '#site'), (text) => text === 'Off for www.youtube.com');
    await page.click('#site-enabled');
    await stored(page, ({ disabledSites }) => disabledSites.length === 0);
    await page.close();
  });

  test('the switch turns it off', TIMEOUT, async () => {
    const page = await open(scene(), 'popup');
    await page.click('#enabled');
    await stored(page, ({ enabled }) => !enabled);
    await until('the word', () => textOf(page, '#state'), (text) => text === 'Off');
    await page.close();
  });
}

/** Which cells of the heat that is shown have a colour. */
function paintedOf(page: Page): Promise<string> {
  return page.$eval('#heat canvas', (heat) => {
    const { width, height } = heat;
    const { data } = (heat).getContext('2d')!.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, cell) => Number(data[4 * cell + 3]! > 0)).join('');
  });
}

function whyTests(scene: () => Scene): void {
  test('the page that explains shows the answer, and where the channel is seen', TIMEOUT, async () => {
    const page = await open(scene(), 'why');
    await checkAnswer(page, '#answer');
    await until('the picture', () => page.evaluate(() => document.querySelector<HTMLImageElement>('#picture')?.naturalWidth ?? 0), (width) => width > 0);
    assert.match(await textOf(page, '#because'), /is named because the probability of “none of your channels” is \d+%/);
    await page.waitForSelector('#heat:not([hidden])', { timeout: 20_000 });
    await photograph(scene(), page, 'why-heat');
    assert.deepEqual(await barriers(page), []);
    assert.equal(await page.$eval('#start', (start) => start.checkVisibility()), false);
    const first = await paintedOf(page);
    assert.ok(first.includes('1'), 'something is warm');
    await page.click('#heat-shown');
    await page.waitForSelector('#heat[hidden]');
    await page.click('#heat-shown');
    await page.select('#channel', THUMBNAIL.channel === 'moss' ? 'fjord' : 'moss');
    await until('the heat of another channel', () => paintedOf(page), (painted) => painted !== first);
    await page.close();
  });

  for (const url of ['', 'javascript:alert(1)', 'http://elsewhere.example/a.jpg', 'https://elsewhere.example/a.jpg']) {
    test(`it loads nothing from ${url === '' ? 'no address' : url}`, TIMEOUT, async () => {
      const page = await scene().stage.openExtensionPage(`build/why.html?url=${encodeURIComponent(url)}`);
      await until('a reason', () => textOf(page, '#problem'), (text) => text.length > 10);
      assert.equal(await page.evaluate(() => document.querySelector('#picture')?.getAttribute('src')), null);
      await page.close();
    });
  }
}

/** Open a page with the default settings and these changes, and wait for what it shows. */
async function open({ stage }: Scene, name: PageName, changes: Partial<Settings> = {}): Promise<Page> {
  const { path, ready } = PAGES[name];
  await inExtension(stage, (own) => choose(own, { language: 'en', ...changes }));
  const page = await stage.openExtensionPage(path);
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.waitForSelector(ready, { timeout: 20_000 });
  return page;
}

/** Firefox cannot be told a theme over WebDriver BiDi, and the pages there have the same style sheet. */
async function setTheme(page: Page, value: 'light' | 'dark', context: TestContext): Promise<boolean> {
  try {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
    await settled(page);
    return true;
  } catch (error) {
    if (value === 'light' && (await page.evaluate(() => matchMedia('(prefers-color-scheme: light)').matches))) {
      return true; // as it is
    }
    context.skip(`this browser cannot be told a theme: ${String(error)}`);
    return false;
  }
}

/** What axe finds wrong, with the elements. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<Found> } };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`));
  });
}

/** The bars are those of `backend predict` for the same bytes. */
async function checkAnswer(page: Page, where: string): Promise<void> {
  const shown = await page.evaluate(
    (selector) =>
      Object.fromEntries(
        [...document.querySelectorAll<HTMLElement>(`${selector} .bars li`)].map(({ dataset }) => [
          dataset['channel'] ?? '',
          Number(dataset['probability']),
        ]),
      ),
    where,
  );
  readExpected().channels.forEach(({ name }, index) => {
    assert.ok(Math.abs((shown[name] ?? -1) - THUMBNAIL.probabilities[index]!) < TOLERANCE, JSON.stringify(shown));
  });
  assert.ok(THUMBNAIL.unknown === null || Math.abs((shown[''] ?? -1) - THUMBNAIL.unknown) < TOLERANCE);
  assert.match(await textOf(page, `${where} .badge[data-state="known"]`), new RegExp(`^${THUMBNAIL.display_name} \\d+.?%$`));
}

/** Colours fade from one theme to the other, and bars grow. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map(({ finished }) => finished));
  });
}

async function photograph({ stage }: Scene, page: Page, name: string): Promise<void> {
  await settled(page);
  await page.screenshot({ path: join(SHOTS, `ui-${stage.name}-${name}.png`), fullPage: true });
}

async function textOf(page: Page, selector: string): Promise<string> {
  return page.evaluate((wanted) => document.querySelector<HTMLElement>(wanted)?.textContent.trim() ?? '', selector);
}

/** The stored settings, once they are as they should be. */
async function stored(page: Page, done: (settings: Settings) => boolean = () => true): Promise<Settings> {
  const read = () => page.evaluate(async () => (await chrome.storage.local.get('settings'))['settings'] as Settings);
  return until('the settings', read, done);
}

async function give(page: Page, selector: string, path: string): Promise<void> {
  const input = await page.$(selector);
  assert.ok(input);
  await (input as unknown as { uploadFile: (path: string) => Promise<void> }).uploadFile(path);
}

/** Replace what is in a field, and leave it. */
async function write(page: Page, selector: string, text: string): Promise<void> {
  await page.click(selector, { count: 3 });
  await page.keyboard.type(text);
  await page.keyboard.press('Tab');
}

function fileOf(name: string, content: unknown): string {
  const path = join(SHOTS, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
