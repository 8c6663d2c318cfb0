/** A private window, with the extension in it: people have to allow that, and so do the tests. */
import type { Page } from 'puppeteer-core';
import { until } from './badge.ts';
import { sendBidi } from './inside-firefox.ts';
import { OPTIONS } from './own-page.ts';
import type { Stage } from './stage.ts';

/**
 * Open a private window at `url`, and before it a page of the extension in an ordinary one: from then on Firefox opens
 * every new page in the private one. The extension is loaded anew for it, and its pages that were open are closed.
 */
export async function openPrivateWindow(stage: Stage, extension: string, url: string): Promise<{ own: Page; hidden: Page }> {
  await (stage.name === 'chromium' ? allowInChromium(stage) : allowInFirefox(stage, extension));
  const own = (await until('a page that may open a private window', () => openAllowed(stage), (page) => page !== null))!;
  await own.evaluate((address) => chrome.windows.create({ incognito: true, url: address }).then(() => undefined), url);
  const find = async (): Promise<Page | undefined> => (await stage.browser.pages()).find((page) => page.url() === url);
  return { own, hidden: (await until('the private window', find, (page) => page !== undefined))! };
}

/** Installed over itself, it keeps what it stored. */
async function allowInFirefox({ browser }: Stage, path: string): Promise<void> {
  await sendBidi(browser, 'webExtension.install', { extensionData: { type: 'path', path }, 'moz:allowPrivateBrowsing': true });
}

/** By the browser's own page, which has a switch for it. Without its developer mode it would not load the extension again. */
async function allowInChromium(stage: Stage): Promise<void> {
  const own = await stage.openExtensionPage(OPTIONS);
  const id = new URL(own.url()).host;
  const page = await stage.browser.newPage();
  await page.goto('chrome://extensions/');
  await page.evaluate(`(async () => {
    await chrome.developerPrivate.updateProfileConfiguration({ inDeveloperMode: true });
    await chrome.developerPrivate.updateExtensionConfiguration({ extensionId: '${id}', incognitoAccess: true });
  })()`);
  await page.close();
}

/** A page of the extension, once that is allowed and loaded; null before. */
async function openAllowed(stage: Stage): Promise<Page | null> {
  const own = await stage.openExtensionPage(OPTIONS).catch(() => null);
  const isAllowed = await own?.evaluate(() => chrome.extension.isAllowedIncognitoAccess()).catch(() => false);
  if (isAllowed === true) return own;
  await own?.close();
  return null;
}
