/** The settings as the extension stores them, read and written by one of its own pages. */
import type { Page } from 'puppeteer-core';
import type { Stage } from './stage.ts';

/** A page that asks the background for nothing. */
const OWN = 'build/privacy.html';

/** One stays open, behind the tests' page, for as long as its browser runs: opening a page is half a second's work. */
const owns = new WeakMap<Stage['site'], Promise<Page>>();

/** Do something in a page of the extension, which may read and write what is stored; the tests' page is in front after it. */
export async function inExtension<T>(stage: Stage, act: (own: Page) => Promise<T>): Promise<T> {
  let own = owns.get(stage.site);
  if (own === undefined) {
    own = openBehind(stage);
    owns.set(stage.site, own);
  }
  return act(await own);
}

async function openBehind(stage: Stage): Promise<Page> {
  const own = await stage.openExtensionPage(OWN);
  await stage.page.bringToFront();
  return own;
}

export function readSetting(stage: Stage, name: string): Promise<unknown> {
  return inExtension(stage, (own) =>
    own.evaluate(async (wanted) => {
      const { settings } = await chrome.storage.local.get('settings');
      return (settings as Record<string, unknown> | undefined)?.[wanted];
    }, name),
  );
}

/** As the options page does it: the whole object is written. */
export async function changeSettings(stage: Stage, change: Record<string, unknown>): Promise<void> {
  await inExtension(stage, (own) =>
    own.evaluate(async (changed) => {
      const { settings } = await chrome.storage.local.get('settings');
      await chrome.storage.local.set({ settings: { version: 1, ...(settings ?? {}), ...changed } });
    }, change),
  );
}
