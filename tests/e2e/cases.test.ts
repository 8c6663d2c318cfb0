/** Every way in which a page can show a thumbnail, and the card of who stays longer, in real browsers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame, Page } from 'puppeteer-core';
import { frames, hover, leave, readBadge, until, waitForBadge, waitForNoBadge, type Badge, type Box } from './badge.ts';
import { BROWSERS } from './browser.ts';
import { addressOf, caseFiles, caseUrl, READY, SIMPLE, TARGET, YOUTUBE_CASES, type Case } from './cases.ts';
import { readExpected, readOut, type Thumbnail } from './fixtures.ts';
import { PAGES } from './pages.ts';
import { openAddress, setStage, type Stage } from './stage.ts';

const TIMEOUT = { timeout: 120_000 };
const SUITE_TIMEOUT = { timeout: 600_000 };
const TOLERANCE = 0.01;
const FRAMES = 45; // more than the grace time of the card
const HOST = new URL(PAGES.plain).host;

/** Two thumbnails of different channels; a look-alike is claimed of the first one only if it is recognised clearly. */
const { channels, thumbnails } = readExpected();
const known = thumbnails.filter((thumbnail) => thumbnail.known).sort((a, b) => b.probability - a.probability);
const shown = pick(known, ({ probability }) => probability >= 0.8 + TOLERANCE);
const ready = pick(known, ({ channel }) => channel !== shown.channel);

function pick(from: Thumbnail[], wanted: (thumbnail: Thumbnail) => boolean): Thumbnail {
  const found = from.find(wanted);
  assert.ok(found, 'expected.json needs two recognised channels, one of them clearly');
  return found;
}

for (const browser of BROWSERS) {
  describe(`pages in ${browser}`, SUITE_TIMEOUT, () => {
    let stage: Stage | undefined;
    before(async () => {
      const files = caseFiles(shown, ready, readOut(shown.file));
      stage = await setStage(browser, { thumbnails, files });
    }, TIMEOUT);
    after(() => stage?.close());
    const current = (): Stage => {
      assert.ok(stage);
      return stage;
    };
    describe('pictures', SUITE_TIMEOUT, () => pictureTests(current));
    describe('the keyboard', SUITE_TIMEOUT, () => keyboardTests(current));
    describe('the card', SUITE_TIMEOUT, () => cardTests(current));
    if (browser === 'chromium') {
      // Firefox does not tell the test of tabs that an extension opens.
      test('the card leads to the page that explains the answer', TIMEOUT, () => checkWhy(current()));
    }
    describe('who posted it', SUITE_TIMEOUT, () => posterTests(current));
    describe('settings', SUITE_TIMEOUT, () => settingsTests(current));
  });
}

type Check = (stage: Stage) => Promise<void>;

function tests(stage: () => Stage, checks: Record<string, Check>): void {
  for (const [what, check] of Object.entries(checks)) test(what, TIMEOUT, () => check(stage()));
}

function open(stage: Stage, name: Case): Promise<void> {
  return openAddress(stage, caseUrl(name), READY);
}

/** Wait for the answer that `backend predict` gives. */
async function expectAnswer(page: Page | Frame, { channel, probability }: Thumbnail): Promise<Badge> {
  const badge = await waitForBadge(page, `the answer ${channel}`, (seen) => seen.channel === channel);
  assert.ok(Math.abs((badge.probability ?? NaN) - probability) <= TOLERANCE, JSON.stringify(badge));
  return badge;
}

function assertInside(badge: Badge, picture: Box): void {
  const { left, top, width, height } = badge.box;
  const what = `${JSON.stringify(badge.box)} in ${JSON.stringify(picture)}`;
  assert.ok(left >= picture.left && top >= picture.top, what);
  assert.ok(left + width <= picture.left + picture.width && top + height <= picture.top + picture.height, what);
}

function pictureTests(stage: () => Stage): void {
  for (const name of SIMPLE) {
    test(name, TIMEOUT, async () => {
      await open(stage(), name);
      const { page } = stage();
      const picture = await hover(page, TARGET);
      assertInside(await expectAnswer(page, shown), picture);
      await leave(page);
      await waitForNoBadge(page);
    });
  }
  tests(stage, {
    'a page in a frame': checkFrame,
    'a picture that comes late': checkLate,
    'a picture that is replaced': checkReplaced,
    'a picture that comes by scrolling': checkScrolled,
    'a page that changes without loading': checkNavigation,
    'a dialog above everything else': checkDialog,
    'a screen of high density': checkDensity,
    'badges in right-to-left text stand at the right': checkRtl,
    'a picture below something opaque is none': checkCovered,
  });
}

async function checkFrame(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'frame');
  const frame = page.frames().find((candidate) => candidate.url() === caseUrl('framed'));
  assert.ok(frame, 'the frame is there');
  await hover(page, READY);
  await expectAnswer(page, ready);
  await hover(page, TARGET);
  await expectAnswer(frame, shown);
  assert.equal(await readBadge(page), null, 'the badge of the outer page is gone');
  await hover(page, READY);
  await expectAnswer(page, ready);
  await waitForNoBadge(frame);
}

async function checkLate(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'late');
  await hover(page, TARGET);
  await frames(page, 10);
  assert.equal(await readBadge(page), null);
  await page.evaluate((url) => {
    const image = document.createElement('img');
    image.className = 'fill';
    image.src = url;
    document.getElementById('target')?.append(image);
  }, addressOf(shown));
  await expectAnswer(page, shown);
}

async function checkReplaced(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'background');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.evaluate((url) => {
    document.getElementById('target')?.style.setProperty('background-image', `url("${url}")`);
  }, addressOf(ready));
  await expectAnswer(page, ready);
}

async function checkScrolled(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'scroll');
  await page.evaluate(() => scrollTo({ top: 400, behavior: 'instant' }));
  await page.mouse.move(100, 400, { steps: 3 });
  await frames(page, 10);
  assert.equal(await readBadge(page), null);
  await page.evaluate(() => {
    const { top } = document.getElementById('target')?.getBoundingClientRect() ?? { top: 0 };
    scrollBy({ top: top - 350, behavior: 'instant' });
  });
  await expectAnswer(page, shown);
  await page.evaluate(() => scrollBy({ top: 500, behavior: 'instant' }));
  await waitForNoBadge(page);
}

async function checkNavigation(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.evaluate((url) => {
    history.pushState(null, '', '/case/elsewhere');
    const fresh = document.createElement('div');
    fresh.id = 'target';
    fresh.style.background = `url("${url}") center / cover`;
    document.getElementById('target')?.replaceWith(fresh);
    document.dispatchEvent(new CustomEvent('yt-navigate-finish'));
  }, addressOf(ready));
  await expectAnswer(page, ready);
}

async function checkDialog(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'dialog');
  await page.evaluate(() => document.querySelector('dialog')?.showModal());
  const picture = await hover(page, TARGET);
  const badge = await expectAnswer(page, shown);
  assertInside(badge, picture);
  const home = await page.evaluate(() => document.querySelector('thumbprint-badge')?.parentElement?.localName);
  assert.equal(home, 'dialog', 'elsewhere the badge would be below the dialog');
}

async function checkDensity(stage: Stage): Promise<void> {
  const { page } = stage;
  const viewport = page.viewport();
  assert.ok(viewport);
  await page.setViewport({ ...viewport, deviceScaleFactor: 2 });
  try {
    await open(stage, 'srcset');
    const picture = await hover(page, TARGET);
    assertInside(await expectAnswer(page, shown), picture);
  } finally {
    await page.setViewport(viewport);
  }
}

async function checkRtl(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'rtl');
  const picture = await hover(page, TARGET);
  const { box } = await expectAnswer(page, shown);
  assert.ok(Math.abs(picture.left + picture.width - 6 - box.left - box.width) <= 1, JSON.stringify(box));
}

async function checkCovered(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.evaluate(() => {
    const above = document.createElement('div');
    above.setAttribute('style', 'position: fixed; inset: 0; background: #fff');
    document.body.append(above);
  });
  await waitForNoBadge(page);
}

function keyboardTests(stage: () => Stage): void {
  tests(stage, {
    'the thumbnail of the focused link is answered': ({ ...all }) => checkFocus(all, 'focus'),
    'and that of the focused title': ({ ...all }) => checkFocus(all, 'title'),
    'Alt and the down arrow lead into the card, Esc leads back': checkKeyboardCard,
    'Tab leads out of the card, to where the keyboard was': checkTab,
    'the command answers the focused thumbnail': checkCommand,
  });
}

async function focusTarget(stage: Stage, name: Case): Promise<void> {
  await open(stage, name);
  await stage.page.keyboard.press('Tab');
  assert.equal(await focusedId(stage.page), TARGET);
}

function focusedId(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id);
}

async function checkFocus(stage: Stage, name: Case): Promise<void> {
  const { page } = stage;
  await focusTarget(stage, name);
  const badge = await expectAnswer(page, shown);
  const status = await page.evaluate(
    () => document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector('[role=status]')?.textContent,
  );
  assert.ok(status?.startsWith(badge.text), 'the answer is read out');
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await waitForNoBadge(page);
}

async function checkKeyboardCard(stage: Stage): Promise<void> {
  const { page } = stage;
  await focusTarget(stage, 'focus');
  await expectAnswer(page, shown);
  await pressAltDown(page);
  const card = await waitForCard(page, (seen) => seen.focused);
  assert.equal(card.rows.length, channels.length);
  await frames(page, FRAMES);
  assert.ok(await readCard(page), 'the card stays while the focus is in it');
  await page.keyboard.press('Escape');
  await waitForNoCard(page);
  assert.equal(await focusedId(page), TARGET);
  assert.equal(await readBadge(page), null);
}

async function checkTab(stage: Stage): Promise<void> {
  const { page } = stage;
  await focusTarget(stage, 'focus');
  await pressAltDown(page);
  const { buttons } = await waitForCard(page, (seen) => seen.focused);
  for (const button of buttons) {
    const focused = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.textContent);
    assert.equal(focused, button);
    await page.keyboard.press('Tab');
  }
  await waitForNoCard(page);
  assert.equal(await focusedId(page), TARGET);
  await page.keyboard.press('Tab');
  assert.equal(await focusedId(page), 'after');
}

async function pressAltDown(page: Page): Promise<void> {
  await page.keyboard.down('Alt');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.up('Alt');
}

async function checkCommand(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'focus');
  await page.evaluate((id) => document.getElementById(id)?.focus(), TARGET);
  await inExtension(stage, async (own) => {
    await own.evaluate(async () => {
      const tabs = await chrome.tabs.query({});
      const told = tabs.map(({ id }) => chrome.tabs.sendMessage(id ?? -1, { type: 'classify-focused' }));
      await Promise.allSettled(told); // the other tabs have nobody who listens
    });
  });
  await page.bringToFront();
  const { title } = await waitForCard(page, () => true);
  assert.ok(title.includes(shown.display_name), title);
}

interface Card {
  title: string;
  rows: string[];
  notes: string[];
  buttons: string[];
  report: string | null;
  focused: boolean;
  box: Box;
  dialog: boolean;
}

/** The card that a person sees, or null. */
function readCard(page: Page): Promise<Card | null> {
  return page.evaluate(() => {
    const root = document.querySelector('thumbprint-badge')?.shadowRoot;
    const card = root?.querySelector<HTMLElement>('.card');
    if (!root || !card?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return null;
    const { left, top, width, height } = card.getBoundingClientRect();
    const [title = [], rows = [], notes = [], buttons = []] = ['.title', 'li', '.note', 'button, a'].map((selector) =>
      Array.from(card.querySelectorAll(selector), ({ textContent }) => textContent),
    );
    return {
      title: title.join(),
      rows,
      notes,
      buttons,
      report: card.querySelector('a')?.href ?? null,
      focused: card.contains(root.activeElement),
      box: { left, top, width, height },
      dialog: card.getAttribute('role') === 'dialog' && card.hasAttribute('aria-label'),
    };
  });
}

async function waitForCard(page: Page, wanted: (card: Card) => boolean): Promise<Card> {
  const card = await until(
    'the card',
    () => readCard(page),
    (seen) => seen !== null && wanted(seen),
  );
  assert.ok(card);
  return card;
}

async function waitForNoCard(page: Page): Promise<void> {
  await until(
    'no card',
    () => readCard(page),
    (card) => card === null,
  );
}

function cardTests(stage: () => Stage): void {
  tests(stage, {
    'staying opens it, beside the thumbnail': checkCard,
    'the pointer may go onto it and read': checkHoverable,
    'Esc closes it, and only it': checkEscape,
    'the thumbnail below can still be clicked': checkClick,
    'it hides everything on this site': checkHideHere,
    'it leads to the report of the server, where there is one': checkReport,
  });
}

async function openCard(stage: Stage): Promise<Card> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  return waitForCard(page, () => true);
}

async function checkCard(stage: Stage): Promise<void> {
  const card = await openCard(stage);
  const viewport = stage.page.viewport();
  assert.ok(viewport && card.dialog);
  const badge = await readBadge(stage.page);
  assert.equal(card.title, badge?.text);
  assert.equal(card.rows.length, channels.length);
  assert.ok(card.rows[0]?.includes(shown.display_name), card.rows[0]);
  assert.match(card.notes.join(), /\d+\s% none of your channels; counted as unknown from \d+\s%/u);
  const { left, top, width, height } = card.box;
  assert.ok(left >= 0 && top >= 0 && left + width <= viewport.width && top + height <= viewport.height);
  assert.equal(card.focused, false, 'staying moves no focus');
}

async function checkHoverable(stage: Stage): Promise<void> {
  const { page } = stage;
  const { box } = await openCard(stage);
  await page.mouse.move(box.left + box.width / 2, box.top + box.height / 2, { steps: 12 });
  await frames(page, FRAMES);
  assert.ok(await readCard(page), 'the card stays below the pointer');
  assert.ok(await readBadge(page));
  await leave(page);
  await waitForNoCard(page);
  await waitForNoBadge(page);
}

async function checkEscape(stage: Stage): Promise<void> {
  const { page } = stage;
  await openCard(stage);
  await page.evaluate(() => {
    addEventListener('keydown', ({ key }) => (document.title += key), true);
  });
  await page.keyboard.press('Escape');
  await waitForNoCard(page);
  assert.equal(await readBadge(page), null);
  await frames(page, FRAMES);
  assert.equal(await readBadge(page), null, 'the pointer has not moved: nothing comes back');
  assert.equal(await page.title(), 'Case');
  await page.keyboard.press('Escape');
  await page.keyboard.press('a');
  assert.equal(await page.title(), 'CaseEscapea', 'with nothing shown, every key is the page’s');
}

async function checkClick(stage: Stage): Promise<void> {
  const { page } = stage;
  await openCard(stage);
  await page.evaluate(() => {
    document.getElementById('target')?.addEventListener('click', () => (document.title = 'clicked'));
  });
  const badge = await readBadge(page);
  assert.ok(badge);
  await page.mouse.click(badge.box.left + badge.box.width / 2, badge.box.top + badge.box.height / 2);
  assert.equal(await page.title(), 'clicked');
}

async function checkHideHere(stage: Stage): Promise<void> {
  const { page } = stage;
  const { box } = await openCard(stage);
  await page.mouse.move(box.left + 20, box.top + 20, { steps: 6 });
  await clickButton(page, 'Hide on this site');
  await waitForNoCard(page);
  await hover(page, READY);
  await frames(page, FRAMES);
  assert.equal(await readBadge(page), null);
  assert.deepEqual(await readSetting(stage, 'disabledSites'), [HOST]);
  await changeSettings(stage, { disabledSites: [] });
  await page.bringToFront();
  await hover(page, TARGET);
  await expectAnswer(page, shown);
}

async function clickButton(page: Page, text: string): Promise<void> {
  const place = await page.evaluate((wanted) => {
    const root = document.querySelector('thumbprint-badge')?.shadowRoot;
    const button = Array.from(root?.querySelectorAll('button') ?? []).find(({ textContent }) => textContent === wanted);
    if (!button) throw new Error(`The card has no button "${wanted}"`);
    const { left, top, width, height } = button.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  }, text);
  await page.mouse.click(place.x, place.y);
}

async function checkWhy(stage: Stage): Promise<void> {
  await openCard(stage);
  await clickButton(stage.page, 'Why?');
  const address = `build/why.html?url=${encodeURIComponent(addressOf(shown))}`;
  const explaining = await until(
    'a tab that explains',
    async () => (await stage.browser.pages()).find((page) => page.url().endsWith(address)) ?? null,
    (page) => page !== null,
  );
  await explaining?.close();
  await stage.page.bringToFront();
}

async function checkReport(stage: Stage): Promise<void> {
  assert.equal((await openCard(stage)).report, null);
  await changeSettings(stage, { server: 'http://127.0.0.1:8765' });
  try {
    await stage.page.bringToFront();
    assert.equal((await openCard(stage)).report, 'http://127.0.0.1:8765/report');
  } finally {
    await changeSettings(stage, { server: '' });
  }
}

function posterTests(stage: () => Stage): void {
  const at = (url: string, state: string, text: RegExp): Check => {
    return async (current) => {
      await openAddress(current, url, READY);
      await hover(current.page, TARGET);
      const badge = await expectAnswer(current.page, shown);
      assert.equal(badge.state, state, JSON.stringify(badge));
      assert.match(badge.text, text);
    };
  };
  tests(stage, {
    'a look-alike is called one': at(YOUTUBE_CASES.other, 'lookalike', /^Looks like .+, posted by Somebody Else$/),
    'a channel’s own video is not': at(YOUTUBE_CASES.own, 'known', /\d\s%$/u),
    'nothing is claimed off YouTube': at(caseUrl('card'), 'known', /\d\s%$/u),
  });
}

function settingsTests(stage: () => Stage): void {
  tests(stage, {
    'off is off at once, and on is on': checkSwitch,
    'the language changes at once': checkLanguage,
    'the time of rest is heeded, also for known answers': checkDwell,
    'other pictures count only where the person wants them': checkAnyPicture,
  });
}

async function checkSwitch(stage: Stage): Promise<void> {
  const { page } = stage;
  await openCard(stage);
  await changeSettings(stage, { enabled: false });
  await page.bringToFront();
  await waitForNoBadge(page);
  await hover(page, READY);
  await hover(page, TARGET);
  await frames(page, FRAMES);
  assert.equal(await page.evaluate(() => document.querySelector('thumbprint-badge')), null, 'not even an empty host');
  await changeSettings(stage, { enabled: true });
  await page.bringToFront();
  await hover(page, READY);
  await expectAnswer(page, ready);
}

async function checkLanguage(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await changeSettings(stage, { language: 'fr' });
  try {
    await page.bringToFront();
    await hover(page, TARGET);
    const { buttons } = await waitForCard(page, () => true);
    assert.ok(buttons.includes('Masquer sur ce site'), buttons.join());
  } finally {
    await changeSettings(stage, { language: 'auto' });
  }
}

async function checkDwell(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await leave(page);
  await waitForNoBadge(page);
  await changeSettings(stage, { dwellMs: 1500 });
  try {
    await page.bringToFront();
    const begun = performance.now();
    await hover(page, TARGET);
    await expectAnswer(page, shown);
    assert.ok(performance.now() - begun >= 1500, `answered after ${performance.now() - begun} ms`);
  } finally {
    await changeSettings(stage, { dwellMs: 80 });
  }
}

async function checkAnyPicture(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'wide');
  await hover(page, TARGET);
  await frames(page, FRAMES);
  assert.equal(await readBadge(page), null);
  await changeSettings(stage, { anyPicture: true });
  try {
    await page.bringToFront();
    await hover(page, TARGET, 3);
    const badge = await waitForBadge(page, 'what is missing', ({ state }) => state === 'error');
    assert.ok(badge.text.includes(HOST), badge.text);
    await hover(page, 'square');
    await waitForNoBadge(page);
  } finally {
    await changeSettings(stage, { anyPicture: false });
  }
}

/** Do something in a page of the extension, which may read and write what is stored. */
async function inExtension<T>(stage: Stage, act: (own: Page) => Promise<T>): Promise<T> {
  const own = await stage.openExtensionPage('build/options.html');
  try {
    return await act(own);
  } finally {
    await own.close();
  }
}

function readSetting(stage: Stage, name: string): Promise<unknown> {
  return inExtension(stage, (own) =>
    own.evaluate(async (wanted) => {
      const { settings } = await chrome.storage.local.get('settings');
      return (settings as Record<string, unknown> | undefined)?.[wanted];
    }, name),
  );
}

/** As the options page does it: the whole object is written. */
async function changeSettings(stage: Stage, change: Record<string, unknown>): Promise<void> {
  await inExtension(stage, (own) =>
    own.evaluate(async (changed) => {
      const { settings } = await chrome.storage.local.get('settings');
      await chrome.storage.local.set({ settings: { version: 1, ...(settings ?? {}), ...changed } });
    }, change),
  );
}
