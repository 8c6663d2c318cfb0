/** The extension's background: whether Chromium's service worker runs, and how to end it as a browser does when it is idle. */
import { TargetType, type Browser, type Target } from 'puppeteer-core';
import { until } from './badge.ts';
import type { Session } from './browser.ts';
import { insideFirefox } from './inside-firefox.ts';

/** What Firefox calls to end an event page, which it has put off as long as anything is asked of it. */
const END_EVENT_PAGE = `(async () => {
  const { extension } = WebExtensionPolicy.getByID('thumbprint@extension');
  await extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true });
  return extension.backgroundState;
})()`;

/** End the background, whatever it does; a message may start it anew at once. */
export async function endBackground({ name, browser }: Pick<Session, 'name' | 'browser'>): Promise<void> {
  if (name === 'chromium') await stopServiceWorker(browser);
  else await until('the event page is ended', () => insideFirefox(browser, END_EVENT_PAGE), (state) => state === 'stopped');
}

export function serviceWorkers(browser: Browser): Target[] {
  return browser.targets().filter((target) => target.type() === TargetType.SERVICE_WORKER);
}

/**
 * Stop the service worker if it runs, and wait until it is gone.
 *
 * A message may start another one at once, which is left alone; one that is still starting may not hear the first call.
 */
export async function stopServiceWorker(browser: Browser): Promise<void> {
  const running = serviceWorkers(browser);
  await until(
    'the service worker is stopped',
    async () => {
      const left = serviceWorkers(browser).filter((target) => running.includes(target));
      for (const target of left) {
        await target
          .worker()
          .then((worker) => worker?.close())
          .catch(ignore);
      }
      return left.length;
    },
    (count) => count === 0,
  );
}

/** A target that ends while it is asked for its worker is what was wanted. */
function ignore(): void {
  // nothing to do
}
