/** What one browser looks at of a list, where the same kind in both browsers is more than one run needs. */
import type { BrowserName } from './browser.ts';

/** The first, and of the others every second one: what Chromium leaves out, Firefox looks at. GALLERY=all leaves nothing out. */
export function shareOf<T>(all: readonly T[], browser: BrowserName): T[] {
  const offset = browser === 'chromium' ? 1 : 0;
  return all.filter((_, index) => index === 0 || index % 2 === offset || process.env['GALLERY'] === 'all');
}
