/** Chromium's service worker: whether it runs, and how to stop it as the browser does when it is idle. */
import { TargetType, type Browser, type Target } from 'puppeteer-core';
import { until } from './badge.ts';

export function serviceWorkers(browser: Browser): Target[] {
  return browser.targets().filter((target) => target.type() === TargetType.SERVICE_WORKER);
}

/** Stop the service worker if it runs, and wait until it is gone. */
export async function stopServiceWorker(browser: Browser): Promise<void> {
  for (const target of serviceWorkers(browser)) {
    const worker = await target.worker();
    await worker?.close();
  }
  await until(
    'the service worker is stopped',
    () => serviceWorkers(browser).length,
    (count) => count === 0,
  );
}
