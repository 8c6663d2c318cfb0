/** One hover at a time, measured inside the page: from `pointerover` until the badge says something. */
import type { Page } from 'puppeteer-core';
import { leave } from './badge.ts';

/** What a badge said, and how long after `pointerover`. */
export interface Shown {
  ms: number;
  state: string;
  channel: string | null;
}

/** What the measuring script leaves in the page's window. */
interface Probe {
  wanted: string;
  shown: Promise<Shown | null>;
  longTasks: number[];
}
type Probed = Window & { probe: Probe };

export const PATIENCE_MS = 15_000;

/** From outside of all pictures onto one; null where no answer comes. */
export async function hoverOnce(page: Page, id: string): Promise<Shown | null> {
  await leave(page);
  const [x, y] = await page.evaluate(
    (wanted, bound) => {
      const { probe } = window as unknown as Probed;
      probe.wanted = wanted;
      probe.shown = Promise.race([
        new Promise<Shown>((shown) => {
          document.addEventListener('probe-shown', (event) => shown((event as CustomEvent<Shown>).detail), { once: true });
        }),
        new Promise<null>((late) => setTimeout(() => late(null), bound)),
      ]);
      const picture = document.getElementById(wanted)!;
      picture.scrollIntoView({ block: 'center', behavior: 'instant' });
      const { left, top, width, height } = picture.getBoundingClientRect();
      return [left + width / 2, top + height / 2] as const;
    },
    id,
    PATIENCE_MS,
  );
  await page.mouse.move(x, y);
  return page.evaluate(() => (window as unknown as Probed).probe.shown);
}

/** Notes when the pointer comes onto the wanted picture, and tells when a badge first says something after that. */
export async function installProbe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const probe: Probe = { wanted: '', shown: Promise.resolve(null), longTasks: [] };
    Object.assign(window, { probe });
    let began = NaN;
    let host: Element | null = null;
    document.addEventListener(
      'pointerover',
      ({ target }) => {
        began = (target as Element).id === probe.wanted ? performance.now() : NaN;
      },
      true,
    );
    const badges = new MutationObserver(() => {
      const badge = host?.shadowRoot?.querySelector<HTMLElement>('.badge');
      const { state, channel } = badge?.dataset ?? {};
      if (state === undefined || state === 'waiting' || Number.isNaN(began)) return;
      const detail: Shown = { ms: performance.now() - began, state, channel: channel ?? null };
      began = NaN;
      document.dispatchEvent(new CustomEvent('probe-shown', { detail }));
    });
    const hosts = new MutationObserver(() => {
      const found = document.querySelector('thumbprint-badge');
      if (found === host || !found?.shadowRoot) return;
      host = found;
      badges.observe(found.shadowRoot, { childList: true, subtree: true, attributeFilter: ['data-state'] });
    });
    hosts.observe(document.documentElement, { childList: true });
    document.documentElement.append(document.createComment('probe')); // looks for a host that is there already
    if (PerformanceObserver.supportedEntryTypes.includes('longtask')) {
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) probe.longTasks.push(duration);
      }).observe({ type: 'longtask' });
    }
  });
}

/** The tasks of the page's thread over 50 ms since the probe was installed, in ms; none where the browser cannot tell. */
export function longTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => (window as unknown as Probed).probe.longTasks);
}
