/** What the page says: texts of its own, and those of the extension, as for answers. */

import { type Localise, localiserOf, type MessageKey, MESSAGES } from '../shared/i18n.ts';
import type { Page } from '../ui/page.ts';
import en from './locales/en.json';
import fr from './locales/fr.json';

export type TextKey = keyof typeof en | MessageKey;

export const speaker = localiserOf<TextKey>({ en: { ...MESSAGES.en, ...en }, fr: { ...MESSAGES.fr, ...fr } });

export interface TryPage extends Page {
  readonly t: Localise<TextKey>;
}

/** What went wrong, in a sentence of this page. */
export class TryError extends Error {
  override readonly name = 'TryError';
  readonly values: readonly string[];

  constructor(
    readonly key: TextKey,
    ...values: readonly string[]
  ) {
    super([key, ...values].join(': '));
    this.values = values;
  }
}
