/** The settings as the extension stores them, read and written by one of its own pages. */
import type { Page } from 'puppeteer-core';
import type { Stage } from './stage.ts';

/** Do something in a page of the extension, which may read and write what is stored. */
export async function inExtension<T>(stage: Stage, act: (own: Page) => Promise<T>): Promise<T> {
  const own = await stage.openExtensionPage('build/options.html');
  try {
    return await act(own);
  } finally {
    await own.close();
  }
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
