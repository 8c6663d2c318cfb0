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
  focused: boolean;
  box: Box;
  dialog: boolean;
}

/** The card that a person sees, or null. */
export function readCard(page: Page): Promise<Card | null> {
  return page.evaluate(() => {
    const [card, stand] = ['thumbprint-badge .card', 'thumbprint-card .stand'].map((path) => {
      const [host = '', inner = ''] = path.split(' ');
      return document.querySelector(host)?.shadowRoot?.querySelector(inner);
    });
    if (!stand || !card?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return null;
    const { left, top, width, height } = card.getBoundingClientRect();
    const [title = [], rows = [], notes = []] = ['.title', 'li', '.note'].map((selector) =>
      Array.from(card.querySelectorAll<HTMLElement>(selector), (part) => {
        const said = [part, ...part.querySelectorAll<HTMLElement>('[data-text]')].map(({ dataset }) => dataset['text'] ?? '');
        return said.join('');
      }),
    );
    return {
      title: title.join(),
      rows,
      notes,
      buttons: Array.from(stand.querySelectorAll('button'), ({ ariaLabel }) => ariaLabel ?? ''),
      focused: stand.matches(':focus-within'),
      box: { left, top, width, height },
      dialog: stand.getAttribute('role') === 'dialog' && stand.hasAttribute('aria-label'),
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

/** Click a button of the card. */
export async function clickButton(page: Page, text: string): Promise<void> {
  const place = await page.evaluate((wanted) => {
    const root = document.querySelector('thumbprint-card')?.shadowRoot;
    const button = Array.from(root?.querySelectorAll('button') ?? []).find(({ ariaLabel }) => ariaLabel === wanted);
    if (!button) throw new Error(`The card has no button "${wanted}"`);
    const { left, top, width, height } = button.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  }, text);
  await page.mouse.click(place.x, place.y);
}
