/** Texts in the language of the browser, or in the one that a person chose; `chrome.i18n` knows only the first. */

import en from '../../_locales/en/messages.json';
import fr from '../../_locales/fr/messages.json';
import type { ClassifyFailure } from './messages.ts';
import { LANGUAGES, type Language, type Settings } from './settings.ts';

interface Entry {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

const MESSAGES: Readonly<Record<Language, Readonly<Record<string, Entry>>>> = { en, fr };

export type MessageKey = keyof typeof en;
export type Localise = (key: MessageKey, substitutions?: readonly string[]) => string;

/** Gives the language to speak; `browser` is its own (`fr-CA`). */
export function languageOf(chosen: Settings['language'], browser: string): Language {
  if (chosen !== 'auto') {
    return chosen;
  }
  return LANGUAGES.find((language) => browser.toLowerCase().split('-')[0] === language) ?? 'en';
}

/** Gives texts in a language, with `$NAME$` replaced as the browsers do it. */
export function localiser(language: Language): Localise {
  return (key, substitutions = []) => {
    const entry: Entry | undefined = MESSAGES[language][key];
    if (entry === undefined) {
      return key;
    }
    return entry.message.replaceAll(/\$(\w+)\$/g, (whole, name: string) => {
      const index = /^\$(\d)$/.exec(entry.placeholders?.[name.toLowerCase()]?.content ?? '')?.[1];
      return index === undefined ? whole : (substitutions[Number(index) - 1] ?? '');
    });
  };
}

/** The sentence of a failure; Chrome allows no hyphens in keys. */
export function reasonText({ reason, detail = '' }: ClassifyFailure, localise: Localise): string {
  return localise(`reason_${reason.replaceAll('-', '_')}` as MessageKey, [detail]);
}

/** Percentages as a language writes them; never 0 or 100 for what is not certain. */
export function percent(share: number, language: Language): string {
  const shown = share >= 1 || share <= 0 ? share : Math.min(0.99, Math.max(0.01, share));
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(shown);
}
