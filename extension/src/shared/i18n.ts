/** Texts in the language of the browser, or in the one that a person chose; `chrome.i18n` knows only the first. */

import en from '../../_locales/en/messages.json';
import fr from '../../_locales/fr/messages.json';
import type { ClassifyFailure } from './messages.ts';
import { LANGUAGES, type Language, type Settings } from './settings.ts';

interface Entry {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
}

export type MessageKey = keyof typeof en;
export type Localise<Key extends string = MessageKey> = (key: Key, substitutions?: readonly string[]) => string;
type Messages<Key extends string> = Readonly<Record<Language, Readonly<Record<Key, Entry>>>>;

export const MESSAGES: Messages<MessageKey> = { en, fr };

/** Gives the language to speak; `browser` is its own (`fr-CA`). */
export function languageOf(chosen: Settings['language'], browser: string): Language {
  if (chosen !== 'auto') {
    return chosen;
  }
  return LANGUAGES.find((language) => browser.toLowerCase().split('-')[0] === language) ?? 'en';
}

/** Gives texts in a language, with `$NAME$` and `$1` replaced as the browsers do it. */
export function localiserOf<Key extends string>(messages: Messages<Key>): (language: Language) => Localise<Key> {
  return (language) =>
    (key, substitutions = []) => {
      const entry = messages[language][key] as Entry | undefined;
      return (entry?.message ?? key)
        .replaceAll(/\$(\w+)\$/g, (whole, name: string) => entry?.placeholders?.[name.toLowerCase()]?.content ?? whole)
        .replaceAll(/\$(\d)/g, (_, place: string) => substitutions[Number(place) - 1] ?? '');
    };
}

/** Gives the extension's texts in a language. */
export const localiser = localiserOf(MESSAGES);

/** The sentence of a failure; Chrome allows no hyphens in keys. */
export function reasonText({ reason, detail = '' }: ClassifyFailure, localise: Localise): string {
  return localise(`reason_${reason.replaceAll('-', '_')}` as MessageKey, [detail]);
}

/** Percentages as a language writes them; never 0 or 100 for what is not certain. */
export function percent(share: number, language: Language): string {
  const shown = share >= 1 || share <= 0 ? share : Math.min(0.99, Math.max(0.01, share));
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(shown);
}
