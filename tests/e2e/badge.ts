/** Hovering, and what the badge then says; every wait is on a condition and bounded. */
import type { Frame, Page } from 'puppeteer-core';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Badge {
  state: string;
  text: string;
  channel: string | null;
  probability: number | null;
  box: Box;
  /** Whether a part of the text is cut off. */
  clipped: boolean;
}

const BOUND_MS = 30_000; // far more than anything takes, but where others need the machine too
const STEP_MS = 20;

/** What was waited for did not come. */
export class Late extends Error {}

/** Read until `done` accepts the value; fails with `Late`, which names the last value seen. */
export async function until<T>(what: string, read: () => Promise<T> | T, done: (value: T) => boolean, boundMs = BOUND_MS): Promise<T> {
  const deadline = performance.now() + boundMs;
  let value = await read();
  while (!done(value)) {
    if (performance.now() > deadline) {
      throw new Late(`Not within ${boundMs / 1000} s: ${what}; last seen: ${JSON.stringify(value)}`);
    }
    await new Promise((wake) => setTimeout(wake, STEP_MS));
    value = await read();
  }
  return value;
}

/** The badge that a person sees, or null. */
export function readBadge(page: Page | Frame): Promise<Badge | null> {
  return page.evaluate(() => {
    const badge = document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector<HTMLElement>('.badge');
    if (!badge?.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return null;
    const { left, top, width, height } = badge.getBoundingClientRect();
    const probability = badge.dataset['probability'];
    const boxes = [badge, ...badge.querySelectorAll('.text')];
    return {
      state: badge.dataset['state'] ?? '',
      text: badge.querySelector<HTMLElement>('.text')?.dataset['text'] ?? '',
      channel: badge.dataset['channel'] ?? null,
      probability: probability === undefined ? null : Number(probability),
      box: { left, top, width, height },
      clipped: boxes.some((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight),
    };
  });
}

export interface Card {
  title: string;
  /** The name of every channel and its percentage. */
  bars: [name: string, percent: string][];
  box: Box;
}

/** The card that opens for who stays, or null. */
export function readCard(page: Page): Promise<Card | null> {
  return page.evaluate(() => {
    const card = document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector('.card');
    if (!card) return null;
    const { left, top, width, height } = card.getBoundingClientRect();
    const bars = Array.from(card.querySelectorAll('.bars li'), (bar): [string, string] => {
      const [name, percent] = bar.querySelectorAll('span');
      return [name?.dataset['text'] ?? '', percent?.dataset['text'] ?? ''];
    });
    return { title: card.querySelector<HTMLElement>('.title')?.dataset['text'] ?? '', bars, box: { left, top, width, height } };
  });
}

/** Scroll a picture into view and move the pointer to its middle (plus an offset); what lies above it gets the event. */
export async function hover(page: Page, id: string, offset = 0): Promise<Box> {
  const box = await page.evaluate((wanted) => {
    const element = document.getElementById(wanted);
    if (!element) throw new Error(`The page has no #${wanted}`);
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    const { left, top, width, height } = element.getBoundingClientRect();
    return { left, top, width, height };
  }, id);
  await page.mouse.move(box.left + box.width / 2 + offset, box.top + box.height / 2, { steps: 3 });
  await frames(page, 2); // until then the last picture's badge may stand where the pointer was before it scrolled
  return box;
}

/** Wait until the page was drawn so many times. */
export function frames(page: Page, count: number): Promise<void> {
  return page.evaluate(async (wanted) => {
    for (let frame = 0; frame < wanted; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
  }, count);
}

/** Move the pointer to the page's empty corner. */
export async function leave(page: Page): Promise<void> {
  await page.mouse.move(2, 2, { steps: 3 });
}

/** Hover a picture and wait for its answer: a badge inside the picture that is no longer waiting. */
export async function answerOf(page: Page, id: string): Promise<Badge> {
  await leaveCard(page);
  const picture = await hover(page, id);
  return waitForBadge(page, `an answer on ${id}`, (badge) => badge.state !== 'waiting' && inside(badge.box, picture));
}

/** An open card lies beside its picture, and would take the pointer from the next one. */
async function leaveCard(page: Page): Promise<void> {
  if ((await readCard(page)) === null) return;
  await leave(page);
  await until('the card is gone', () => readCard(page), (card) => card === null);
}

export async function waitForBadge(page: Page | Frame, what: string, wanted: (badge: Badge) => boolean): Promise<Badge> {
  const found = await until(
    what,
    () => readBadge(page),
    (badge) => badge !== null && wanted(badge),
  );
  if (found === null) throw new Error('unreachable: `wanted` never sees null');
  return found;
}

export async function waitForNoBadge(page: Page | Frame): Promise<void> {
  await until(
    'no badge',
    () => readBadge(page),
    (badge) => badge === null,
  );
}

function inside(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.left + inner.width <= outer.left + outer.width &&
    inner.top + inner.height <= outer.top + outer.height
  );
}
