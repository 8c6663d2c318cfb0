/** What every page of the extension begins with: settings, language, texts, and all of them again when they change. */

import { browserLanguage } from '../shared/browser.ts';
import { languageOf, localiser, type Localise, type MessageKey } from '../shared/i18n.ts';
import { loadSettings, onSettings } from '../shared/settings-store.ts';
import type { Language, Settings } from '../shared/settings.ts';

export interface Page {
  readonly settings: Settings;
  readonly language: Language;
  readonly t: Localise;
}

/** Translates the page and calls `render`, now and whenever settings change: `render` must bear to be called again. */
export async function openPage(render: (page: Page) => void): Promise<void> {
  const show = (settings: Settings): void => {
    const language = languageOf(settings.language, browserLanguage());
    const page = { settings, language, t: localiser(language) };
    translate(page);
    render(page);
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

/** `data-i18n` names the key of an element's text, `data-i18n-label` and `-alt` that of its name for assistive technology. */
function translate({ language, t }: Page): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n]')) {
    element.textContent = t(element.dataset['i18n'] as MessageKey);
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-i18n-label]')) {
    element.ariaLabel = t(element.dataset['i18nLabel'] as MessageKey);
  }
  for (const image of document.querySelectorAll<HTMLImageElement>('img[data-i18n-alt]')) {
    image.alt = t(image.dataset['i18nAlt'] as MessageKey);
  }
}
