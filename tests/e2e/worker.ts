/** Chromium's service worker: whether it runs, and how to stop it as the browser does when it is idle. */
import { TargetType, type Browser, type Target } from 'puppeteer-core';
import { until } from './badge.ts';

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
