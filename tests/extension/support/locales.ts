/** The messages of `_locales` and of the page to try pictures, put together as the browsers do it. */

import { readFileSync } from 'node:fs';

export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Message {
  message: string;
  placeholders?: Record<string, { content: string; example: string }>;
}

const FILES = { extension: '_locales/LANGUAGE/messages.json', try: 'src/try/locales/LANGUAGE.json' } as const;
export type Speaker = keyof typeof FILES;

export function messagesOf(language: Language, speaker: Speaker = 'extension'): Record<string, Message> {
  const file = new URL(`../../../extension/${FILES[speaker].replace('LANGUAGE', language)}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Message>;
}

export function keysOf(language: Language, speaker: Speaker = 'extension'): string[] {
  return Object.keys(messagesOf(language, speaker));
}

/** `chrome.i18n.getMessage` for one language; unlike it, throws for a key that does not exist. */
export function localise(language: Language): (key: string, substitutions?: readonly string[]) => string {
  const messages = messagesOf(language);
  return (key, substitutions = []) => {
    const entry = messages[key];
    if (entry === undefined) {
      throw new Error(`_locales/${language} has no ${key}`);
    }
    return entry.message.replace(/\$(\w+)\$/g, (whole, name: string) => {
      const content = entry.placeholders?.[name.toLowerCase()]?.content ?? whole;
      return content.replace(/\$(\d)/, (_, digit) => substitutions[Number(digit) - 1] ?? '');
    });
  };
}
