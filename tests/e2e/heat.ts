/** The heat over a thumbnail and what the card says of it, as a person sees both. */
import type { Page } from 'puppeteer-core';
import { until, type Box } from './badge.ts';

export interface Why {
  pressed: boolean;
  /** What is read out below the buttons. */
  note: string;
  legend: string | null;
  command: string | null;
  layer: Layer | null;
}

export interface Layer {
  /** Where the grid lies, and what can be seen of it. */
  grid: Box;
  clip: Box;
  radius: string;
  /** In places of the grid. */
  width: number;
  height: number;
  /** How many places have a colour, and which one has most of it. */
  painted: number;
  hottest: [x: number, y: number];
}

/** What there is to see of *Why?*; null without a card. */
export async function readWhy(page: Page): Promise<Why | null> {
  const layer = await readLayer(page); // first: the words come before it
  const why = await page.evaluate(() => {
    const [root, touch] = ['thumbprint-badge', 'thumbprint-card'].map((host) => document.querySelector(host)?.shadowRoot);
    if (!root?.querySelector('.card')) return null;
    const shown = root.querySelector('.legend')?.checkVisibility({ visibilityProperty: true }) ? root.querySelectorAll<HTMLElement>('.legend [data-text]') : [];
    const legend = Array.from(shown, ({ dataset }) => dataset['text']).join('') || null;
    const code = touch?.querySelector('.command');
    const command = code?.checkVisibility() ? code.textContent : null;
    const pressed = touch?.querySelector('[aria-pressed]')?.getAttribute('aria-pressed') === 'true';
    return { pressed, note: root.querySelector<HTMLElement>('.card [role=status]')?.dataset['text'] ?? '', legend, command };
  });
  return why && { ...why, layer };
}

function readLayer(page: Page): Promise<Layer | null> {
  return page.evaluate(() => {
    const layer = document.querySelector('thumbprint-badge')?.shadowRoot?.querySelector('.heat');
    const canvas = layer?.querySelector('canvas');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    if (!layer?.checkVisibility() || !canvas || !pixels) return null;
    const opacities = Array.from({ length: canvas.width * canvas.height }, (_, place) => pixels[place * 4 + 3] ?? 0);
    const hottest = opacities.indexOf(opacities.reduce((most, opacity) => Math.max(most, opacity), 0));
    const [grid, clip] = [canvas, layer].map((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left, top, width, height };
    });
    if (!grid || !clip) return null;
    return {
      grid,
      clip,
      radius: getComputedStyle(layer).borderRadius,
      width: canvas.width,
      height: canvas.height,
      painted: opacities.filter((opacity) => opacity > 0).length,
      hottest: [hottest % canvas.width, Math.floor(hottest / canvas.width)] as [number, number],
    };
  });
}

export async function waitForWhy(page: Page, what: string, wanted: (why: Why) => boolean): Promise<Why> {
  const why = await until(what, () => readWhy(page), (seen) => seen !== null && wanted(seen));
  if (why === null) throw new Error('unreachable: `wanted` never sees null');
  return why;
}

/** Wait until heat lies somewhere. */
export async function waitForHeat(page: Page): Promise<Why & { layer: Layer }> {
  const why = await waitForWhy(page, 'heat over the thumbnail', ({ layer }) => layer !== null);
  return why as Why & { layer: Layer };
}

/** Wait until no heat lies anywhere. */
export async function waitForNoHeat(page: Page): Promise<void> {
  await until('no heat', () => readLayer(page), (layer) => layer === null);
}

/** Where an element is in the viewport. */
export function boxOf(page: Page, id: string): Promise<Box> {
  return page.evaluate((wanted) => {
    const { left, top, width, height } = document.getElementById(wanted)?.getBoundingClientRect() ?? new DOMRect();
    return { left, top, width, height };
  }, id);
}

/** The largest distance between the sides of two boxes, in px. */
export function distance(one: Box, other: Box): number {
  const sides = ({ left, top, width, height }: Box): number[] => [left, top, left + width, top + height];
  const others = sides(other);
  return Math.max(...sides(one).map((side, index) => Math.abs(side - (others[index] ?? NaN))));
}
