/** What a page of the extension asks and stores, past its buttons: tests of behaviour do not hang on how a page looks. */
import type { Page } from 'puppeteer-core';
import type { ModelReply, Request, Status, ClassifyReply } from '../../extension/src/shared/messages.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../extension/src/shared/settings.ts';

/** Opened as a tab; the popup's page works as well. */
export const OPTIONS = 'build/options.html';

interface Replies {
  classify: ClassifyReply;
  status: Status;
  'update-model': ModelReply;
  'revert-model': ModelReply;
  'clear-cache': unknown;
}

/** Ask the background, as every page of the extension does. */
export async function ask<T extends keyof Replies>(page: Page, request: Request & { type: T }): Promise<Replies[T]> {
  const reply = await page.evaluate((message) => chrome.runtime.sendMessage<unknown, unknown>(message), request);
  return reply as Replies[T];
}

/** Store the default settings with these changes. */
export async function choose(page: Page, changes: Partial<Settings>): Promise<void> {
  await page.evaluate((settings) => chrome.storage.local.set({ settings }), { ...DEFAULT_SETTINGS, ...changes });
}
