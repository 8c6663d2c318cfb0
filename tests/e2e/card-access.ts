/** That the badge and the card serve everybody: axe, forced colours, less motion, right-to-left pages, narrow windows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'puppeteer-core';
import { examine } from './axe.ts';
import { hover, leave, until, waitForBadge } from './badge.ts';
import { setViewport, VIEWPORT, type BrowserName } from './browser.ts';
import { openCard, type Card } from './card.ts';
import { tests, TIMEOUT } from './case-stage.ts';
import { TARGET } from './cases.ts';
import type { Stage } from './stage.ts';

const HOST = 'thumbprint-badge';
const CONTROLS = 'thumbprint-card';
const NARROW = 360; // px: a small phone

const STATES = ['waiting', 'lookalike', 'unknown', 'error'];

/** Rules that there is something for in an open card: without them, axe saw nothing. */
const RULES = ['aria-dialog-name', 'aria-hidden-focus', 'button-name', 'listitem'];

const CONTRAST = 4.5; // WCAG 2.2, 1.4.3

export function accessTests(stage: () => Stage, browser: BrowserName): void {
  // Firefox cannot be told what a person prefers over WebDriver BiDi; the style sheet is the same there.
  const themes = browser === 'chromium' ? (['light', 'dark'] as const) : (['light'] as const);
  for (const theme of themes) {
    test(`axe finds no barriers in the badge and the card, ${theme}`, TIMEOUT, () => checkBarriers(stage(), theme));
  }
  tests(stage, {
    'on a right-to-left page both are mirrored': checkMirrored,
    'in a narrow window the card is whole': checkNarrow,
  });
  if (browser === 'chromium') {
    tests(stage, {
      'with forced colours nothing depends on a colour': checkForcedColours,
      'who wants less motion gets none': checkMotion,
    });
  }
}

async function checkBarriers(stage: Stage, theme: 'light' | 'dark'): Promise<void> {
  await preferring(stage, { 'prefers-color-scheme': theme }, async () => {
    const { page } = stage;
    await openCard(stage);
    assert.ok(await page.evaluate((wanted) => matchMedia(`(prefers-color-scheme: ${wanted})`).matches, theme));
    await assertReadable(page);
  });
}

/** Nothing in the badge and the open card keeps anybody out. */
export async function assertReadable(page: Page): Promise<void> {
  await settled(page);
  const { barriers, obeyed } = await examine(page, [HOST, CONTROLS]);
  assert.deepEqual(barriers, []);
  for (const rule of RULES) assert.ok(obeyed.includes(rule), `${rule} in ${obeyed.join()}`);
  // axe cannot say what is behind a text in here.
  for (const { text, ink, paper } of await readTexts(page)) {
    assert.ok(contrast(ink, paper) >= CONTRAST, `${text}: ${ink.join()} on ${paper.join()}`);
  }
}

type Colour = number[];

/** Every text of the badge and the card, with its colour and that of what it stands on. */
async function readTexts(page: Page): Promise<{ text: string; ink: Colour; paper: Colour }[]> {
  const texts = await page.evaluate((hosts) => {
    const [root, touch] = hosts.map((host) => document.querySelector(host)?.shadowRoot);
    const card = root?.querySelector('.card');
    if (!root || !touch || !card) throw new Error('The badge and the card are not there');
    const selector = '[data-text]:not(.size, .status, .gap), code';
    const all = [root, touch].flatMap((part) => Array.from(part.querySelectorAll<HTMLElement>(selector)));
    return all.filter((element) => element.checkVisibility()).map((element) => {
      const behind = element.closest('.badge, .card, code, [aria-pressed=true]') ?? card;
      const [ink, paper] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
      return { text: element.dataset['text'] ?? element.textContent, ink, paper };
    });
  }, [HOST, CONTROLS]);
  assert.ok(texts.length >= 6, JSON.stringify(texts));
  return texts.map(({ text, ink, paper }) => ({ text, ink: colourOf(ink), paper: colourOf(paper) }));
}

/** The channels of a computed colour, with white behind it: the worst for the badge, which is dark. */
function colourOf(text: string): Colour {
  const [red = NaN, green = NaN, blue = NaN, alpha = 1] = Array.from(text.matchAll(/[\d.]+/gu), Number);
  return [red, green, blue].map((channel) => channel * alpha + 255 * (1 - alpha));
}

/** The contrast ratio of WCAG 2.2. */
function contrast(one: Colour, other: Colour): number {
  const [light = NaN, dark = NaN] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const linear = colour.map((channel) => channel / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => sum + weight * (linear[index] ?? NaN), 0);
}

/** Do something while the browser says that a person prefers this; only Chromium can be told what it does not say anyway. */
export async function preferring({ name, page }: Stage, features: Record<string, string>, act: () => Promise<void>): Promise<void> {
  if (name !== 'chromium') {
    await act();
    return;
  }
  const session = await page.createCDPSession();
  const media = Object.entries(features).map(([feature, value]) => ({ name: feature, value }));
  await session.send('Emulation.setEmulatedMedia', { features: media });
  try {
    await act();
  } finally {
    await session.send('Emulation.setEmulatedMedia', { features: [] });
    await session.detach();
  }
}

async function settled(page: Page): Promise<void> {
  await until('no animation', () => animations(page), (names) => names.length === 0);
}

/** The animations that run in the badge and the card. */
function animations(page: Page): Promise<string[]> {
  return page.evaluate((host) => {
    const root = document.querySelector(host)?.shadowRoot;
    return (root?.getAnimations() ?? []).map((animation) => (animation as CSSAnimation).animationName);
  }, HOST);
}

async function checkMirrored(stage: Stage): Promise<void> {
  const { page } = stage;
  const card = await openCard(stage, 'right-to-left');
  const { left, top, width } = await hover(page, TARGET);
  const { box } = await waitForBadge(page, 'the badge', ({ state }) => state === 'known');
  assert.ok(Math.abs(left + width - 6 - box.left - box.width) <= 1, `the badge is at the right: ${JSON.stringify(box)}`);
  assert.ok(card.box.left + card.box.width <= left && card.box.top >= top, 'the card is where a line goes on');
  const { name, percent, track, fill } = await readBar(page);
  assert.ok(percent.right <= name.left && percent.left - track.left <= 1, 'the percentage is at the left, where a line ends');
  assert.ok(Math.abs(fill.right - track.right) <= 1 && fill.left > track.left, 'the bar grows from the right');
  assert.ok(Math.abs(name.right - track.right) <= 1, 'the name begins where its bar does');
}

interface Span {
  left: number;
  right: number;
}

/** Where the parts of the first bar are: of its texts, the letters. */
function readBar(page: Page): Promise<Record<'name' | 'percent' | 'track' | 'fill', Span>> {
  return page.evaluate((host) => {
    const bar = document.querySelector(host)?.shadowRoot?.querySelector('.bars li');
    const [name, percent, track, fill] = Array.from(bar?.querySelectorAll<HTMLElement>('span, div') ?? [], (part) => {
      const box = part.getBoundingClientRect();
      if (part.localName !== 'span') return { left: box.left, right: box.right };
      // The letters are drawn by the style sheet, where no range can be: they end where their element says.
      const letters = part.appendChild(document.createElement('i'));
      letters.style.cssText = 'font-style: normal; visibility: hidden';
      letters.textContent = part.dataset['text'] ?? '';
      part.style.display = 'block';
      part.dataset['text'] = '';
      const { left, right } = letters.getBoundingClientRect();
      return { left, right };
    });
    if (!name || !percent || !track || !fill) throw new Error('The card has no bar');
    return { name, percent, track, fill };
  }, HOST);
}

async function checkNarrow(stage: Stage): Promise<void> {
  const { page } = stage;
  await leave(page); // out of what will not be there
  await setViewport(page, { width: NARROW, height: 740 });
  try {
    const { box, cut } = await openWhole(stage);
    assert.ok(box.left >= 0 && box.left + box.width <= NARROW, JSON.stringify(box));
    assert.ok(box.top >= 0 && box.top + box.height <= 740, JSON.stringify(box));
    assert.equal(cut, 0, 'nothing in it is wider than it is');
  } finally {
    await setViewport(page, VIEWPORT);
  }
}

async function openWhole(stage: Stage): Promise<Card & { cut: number }> {
  const card = await openCard(stage);
  const cut = await stage.page.evaluate((host) => {
    const shown = document.querySelector(host)?.shadowRoot?.querySelector('.card');
    return shown ? shown.scrollWidth - shown.clientWidth : NaN;
  }, HOST);
  return { ...card, cut };
}

async function checkForcedColours(stage: Stage): Promise<void> {
  const { page } = stage;
  await preferring(stage, { 'forced-colors': 'active' }, async () => {
    await openCard(stage);
    assert.ok(await page.evaluate(() => matchMedia('(forced-colors: active)').matches));
    const { badge, dot, card, fill, system } = await readColours(page);
    for (const { ink, paper } of [badge, card]) assert.deepEqual([ink, paper], [system.ink, system.paper]);
    assert.equal(dot.paper, system.ink);
    assert.equal(fill.paper, system.edge, 'a bar has the colour of what is selected');
    for (const state of STATES) {
      await setState(page, state);
      assert.deepEqual(await readColours(page), { badge, dot, card, fill, system }, `${state} is told by its words and its shape`);
    }
  });
}

/** Give the badge the look of another state. */
function setState(page: Page, state: string): Promise<void> {
  return page.evaluate(
    (host, wanted) => {
      document.querySelector(host)?.shadowRoot?.querySelector('.badge')?.setAttribute('data-state', wanted);
    },
    HOST,
    state,
  );
}

interface Colours {
  ink: string;
  paper: string;
  edge: string;
}

/** The colours of the badge, its dot (`before`), the card and a bar, and last those of the system. */
async function readColours(page: Page): Promise<Record<'badge' | 'dot' | 'card' | 'fill' | 'system', Colours>> {
  const [badge, dot, card, fill, system] = await page.evaluate((host) => {
    const root = document.querySelector(host)?.shadowRoot;
    const sample = document.body.appendChild(document.createElement('i'));
    sample.style.cssText = 'color: CanvasText; background: Canvas; border: 1px solid Highlight; forced-color-adjust: none';
    const parts = [...['.badge', '.text', '.card', '.fill'].map((selector) => root?.querySelector(selector)), sample];
    const colours = parts.map((part) => {
      if (!part) throw new Error('The badge and the card are not there');
      const style = getComputedStyle(part, part.matches('.text') ? '::before' : null);
      return { ink: style.color, paper: style.backgroundColor, edge: style.borderTopColor };
    });
    sample.remove();
    return colours;
  }, HOST);
  assert.ok(badge && dot && card && fill && system);
  return { badge, dot, card, fill, system };
}

async function checkMotion(stage: Stage): Promise<void> {
  const { page } = stage;
  const moves = () =>
    page.evaluate((host) => {
      const root = document.querySelector(host)?.shadowRoot;
      return Array.from(root?.querySelectorAll('.badge, .card') ?? [], (element) => getComputedStyle(element).animationName);
    }, HOST);
  await openCard(stage);
  assert.deepEqual(await moves(), ['appear', 'appear'], 'otherwise they fade in');
  await preferring(stage, { 'prefers-reduced-motion': 'reduce' }, async () => {
    await openCard(stage);
    assert.deepEqual(await moves(), ['none', 'none']);
    assert.deepEqual(await animations(page), []);
  });
}
