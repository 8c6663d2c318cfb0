/** The card of who stays longer, as a person sees and uses it. */
import assert from 'node:assert/strict';
import type { Page } from 'puppeteer-core';
import { hover, until, type Box } from './badge.ts';
import { expectAnswer, open, shown } from './case-stage.ts';
import { TARGET, type Case } from './cases.ts';
import type { Stage } from './stage.ts';

export interface Card {
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
export function readCard(page: Page): Promise<Card | null> {
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

export async function waitForCard(page: Page, wanted: (card: Card) => boolean): Promise<Card> {
  const card = await until(
    'the card',
    () => readCard(page),
    (seen) => seen !== null && wanted(seen),
  );
  assert.ok(card);
  return card;
}

export async function waitForNoCard(page: Page): Promise<void> {
  await until(
    'no card',
    () => readCard(page),
    (card) => card === null,
  );
}

export async function openCard(stage: Stage, name: Case = 'image'): Promise<Card> {
  const { page } = stage;
  await open(stage, name);
  await hover(page, TARGET);
  await expectAnswer(page, shown);
  return waitForCard(page, () => true);
}

/** Click a button of the card, or its link. */
export async function clickButton(page: Page, text: string): Promise<void> {
  const place = await page.evaluate((wanted) => {
    const root = document.querySelector('thumbprint-badge')?.shadowRoot;
    const button = Array.from(root?.querySelectorAll('button, a') ?? []).find(({ textContent }) => textContent === wanted);
    if (!button) throw new Error(`The card has no button "${wanted}"`);
    const { left, top, width, height } = button.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  }, text);
  await page.mouse.click(place.x, place.y);
}
