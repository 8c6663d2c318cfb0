/** What every page of the extension begins with: settings, language, texts, and all of them again when they change. */

import { browserLanguage } from '../shared/browser.ts';
import { languageOf, localiser, type Localise } from '../shared/i18n.ts';
import { loadSettings, onSettings } from '../shared/settings-store.ts';
import type { Language, Settings } from '../shared/settings.ts';
import { translate } from './dom.ts';

export interface Page {
  readonly settings: Settings;
  readonly language: Language;
  readonly t: Localise;
}

let renderOpened = (): void => undefined;

/** Renders the page again, once it is open: what it shows has changed. */
export function rerender(): void {
  renderOpened();
}

/** Translates the page and calls `render`, now and whenever settings change: `render` must bear to be called again. */
export async function openPage(render: (page: Page) => void): Promise<void> {
  const show = (settings: Settings): void => {
    const language = languageOf(settings.language, browserLanguage());
    const page = { settings, language, t: localiser(language) };
    translate(language, page.t);
    renderOpened = () => render(page);
    rerender();
  };
  show(await loadSettings());
  onSettings(show, closed());
}

/** Aborts when the page is left. */
function closed(): AbortSignal {
  const leaving = new AbortController();
  addEventListener('pagehide', () => leaving.abort());
  return leaving.signal;
}
