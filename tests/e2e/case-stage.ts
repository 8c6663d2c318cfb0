/** What the tests of the case pages share: the pages, and the answer that is awaited. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frame, Page } from 'puppeteer-core';
import { waitForBadge, type Badge, type Box } from './badge.ts';
import { caseUrl, READY, type Case } from './cases.ts';
import { made, readExpected, type Thumbnail } from './fixtures.ts';
import { PAGES } from './pages.ts';
import { openAddress, type Stage } from './stage.ts';

export const TIMEOUT = { timeout: 120_000 };
export const SUITE_TIMEOUT = { timeout: 600_000 };
export const FRAMES = 45; // more than the grace time of the card
export const HOST = new URL(PAGES.plain).host;
const TOLERANCE = 0.01;

/** Two thumbnails that are surely of different channels. */
export const { channels, thumbnails } = readExpected();
export const shown = made(thumbnails, 'sure');
export const ready = made(thumbnails, 'sure', shown.channel);

export type Check = (stage: Stage) => Promise<void>;

export function tests(stage: () => Stage, checks: Record<string, Check>): void {
  for (const [what, check] of Object.entries(checks)) test(what, TIMEOUT, () => check(stage()));
}

export function open(stage: Stage, name: Case): Promise<void> {
  return openAddress(stage, caseUrl(name), READY);
}

/** Wait for the answer that `backend predict` gives. */
export async function expectAnswer(page: Page | Frame, { channel, probability }: Thumbnail): Promise<Badge> {
  const badge = await waitForBadge(page, `the answer ${channel}`, (seen) => seen.channel === channel);
  assert.ok(Math.abs((badge.probability ?? NaN) - probability) <= TOLERANCE, JSON.stringify(badge));
  return badge;
}

export function assertInside(badge: Badge, picture: Box): void {
  const { left, top, width, height } = badge.box;
  const what = `${JSON.stringify(badge.box)} in ${JSON.stringify(picture)}`;
  assert.ok(left >= picture.left && top >= picture.top, what);
  assert.ok(left + width <= picture.left + picture.width && top + height <= picture.top + picture.height, what);
}
