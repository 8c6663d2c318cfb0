/** The card of who stays longer: by the pointer and by the keyboard, its claims, and that nobody is left out of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { frames, hover, leave, readBadge, until, waitForNoBadge } from './badge.ts';
import { VIEWPORT, type BrowserName } from './browser.ts';
import { accessTests } from './card-access.ts';
import { clickButton, openCard, readCard, waitForCard, waitForNoCard } from './card.ts';
import {
  channels,
  expectAnswer,
  FRAMES,
  HOST,
  open,
  shown,
  SUITE_TIMEOUT,
  tests,
  TIMEOUT,
  type Check,
} from './case-stage.ts';
import { addressOf, caseUrl, READY, TARGET, YOUTUBE_CASES, type Case } from './cases.ts';
import { changeSettings, inExtension, readSetting } from './settings.ts';
import { openAddress, type Stage } from './stage.ts';

export function cardTests(stage: () => Stage, browser: BrowserName): void {
  describe('the keyboard', SUITE_TIMEOUT, () => keyboardTests(stage));
  describe('the pointer', SUITE_TIMEOUT, () => pointerTests(stage));
  if (browser === 'chromium') {
    // Firefox does not tell the test of tabs that an extension opens.
    test('the card leads to the page that explains the answer', TIMEOUT, () => checkDetails(stage()));
  }
  describe('who posted it', SUITE_TIMEOUT, () => posterTests(stage));
  describe('for everybody', SUITE_TIMEOUT, () => accessTests(stage, browser));
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
    () => document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector<HTMLElement>('[role=status]')?.dataset['text'],
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
    const focused = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.ariaLabel);
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
    await page.bringToFront(); // as it is when somebody presses the keys
    await own.evaluate(async () => {
      const tabs = await chrome.tabs.query({});
      const told = tabs.map(({ id }) => chrome.tabs.sendMessage(id ?? -1, { type: 'classify-focused' }));
      await Promise.allSettled(told); // the other tabs have nobody who listens
    });
  });
  const { title } = await waitForCard(page, () => true);
  assert.ok(title.includes(shown.display_name), title);
}

function pointerTests(stage: () => Stage): void {
  tests(stage, {
    'staying opens it, beside the thumbnail': checkCard,
    'the pointer may go onto it and read': checkHoverable,
    'Esc closes it, and only it': checkEscape,
    'without a card Esc is the page’s too, and from a field always': checkSharedEscape,
    'the thumbnail below can still be clicked': checkClick,
    'it hides everything on this site': checkHideHere,
    'it leads to the report of the server, where there is one': checkReport,
  });
}

async function checkCard(stage: Stage): Promise<void> {
  const card = await openCard(stage);
  assert.ok(card.dialog);
  const badge = await readBadge(stage.page);
  assert.equal(card.title, badge?.text);
  assert.equal(card.rows.length, channels.length);
  assert.ok(card.rows[0]?.includes(shown.display_name), card.rows[0]);
  assert.match(card.notes.join(), /\d+\s% none of your channels; counted as unknown from \d+\s%/u);
  const { left, top, width, height } = card.box;
  assert.ok(left >= 0 && top >= 0 && left + width <= VIEWPORT.width && top + height <= VIEWPORT.height);
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

async function checkSharedEscape(stage: Stage): Promise<void> {
  const { page } = stage;
  await open(stage, 'image');
  await page.evaluate(() => {
    addEventListener('keydown', ({ key, defaultPrevented }) => (document.title += ` ${key} ${defaultPrevented}`), true);
  });
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  await page.keyboard.press('Escape');
  await waitForNoBadge(page);
  assert.equal(await page.title(), 'Case Escape false', 'the badge alone takes no key');
  await page.evaluate(() => {
    // In a closed root, as fields of component libraries are.
    const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'closed' });
    root.appendChild(document.createElement('input')).focus();
  });
  await leave(page);
  await hover(page, TARGET);
  await waitForCard(page, () => true);
  await page.keyboard.press('Escape');
  await waitForNoCard(page);
  await pressAltDown(page);
  await frames(page, FRAMES);
  assert.equal(await readCard(page), null, 'Alt and the down arrow are the field’s');
  assert.equal(await page.title(), 'Case Escape false Escape false Alt false ArrowDown false');
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

async function checkDetails(stage: Stage): Promise<void> {
  await openCard(stage);
  await clickButton(stage.page, 'Details');
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
  assert.deepEqual((await openCard(stage)).buttons, ['Why?', 'Details', 'Correct…', 'Hide on this site']);
  await changeSettings(stage, { server: 'http://127.0.0.1:8765' });
  try {
    await stage.page.bringToFront();
    assert.deepEqual((await openCard(stage)).buttons, ['Why?', 'Details', 'Report', 'Correct…', 'Hide on this site']);
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
    'a video of a channel and others is not': at(YOUTUBE_CASES.several, 'known', /\d\s%$/u),
    'nothing is claimed off YouTube': at(caseUrl('card'), 'known', /\d\s%$/u),
  });
}
