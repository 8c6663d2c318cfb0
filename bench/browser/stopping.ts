/** Ends the extension's background as the browser does when it is idle. */
import type { Page } from 'puppeteer-core';
import { until } from '../../tests/e2e/badge.ts';
import type { Preferences } from '../../tests/e2e/browser.ts';
import type { Stage } from '../../tests/e2e/stage.ts';
import { stopServiceWorker } from '../../tests/e2e/worker.ts';

/**
 * Firefox ends its event page when nothing happened for so long, ms; Chromium's worker is ended at once.
 *
 * No answer may take as long: Firefox does not wait for one that it is making.
 */
export const IDLE: Preferences = { 'extensions.background.idle.timeout': 1500 };

/** A page of the extension that asks its background nothing. */
export const QUIET = 'build/privacy.html';

/** Wait until the background is gone; `own` is a page of the extension, which in Firefox can tell. */
export async function stopBackground(stage: Stage, own: Page): Promise<void> {
  if (stage.name === 'chromium') return stopServiceWorker(stage.browser);
  // An event page that is suspended is null for the other pages.
  const isGone = () => own.evaluate(() => chrome.extension.getBackgroundPage() === null);
  await until('the event page is suspended', isGone, (gone) => gone);
}
