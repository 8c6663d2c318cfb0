/** What a file of channels would change, in words. */

import type { ImportReply } from '../shared/learning.ts';
import type { Language } from '../shared/settings.ts';
import type { Page } from './page.ts';

type Words = Pick<Page, 't' | 'language'>;

/** What a file would change, or did. */
export function importText({ added, newer, conflicts, unchanged, stale }: ImportReply, { t, language }: Words): string {
  const counts = numbers([added, newer, conflicts, unchanged], language);
  return [
    t('options_channels_import_counts', counts),
    conflicts === 0 ? '' : t('options_channels_import_conflicts'),
    stale === 0 ? '' : t('options_channels_import_stale', numbers([stale], language)),
  ]
    .filter((text) => text !== '')
    .join(' ');
}

/** Numbers as a language writes them. */
export function numbers(values: readonly number[], language: Language): string[] {
  const format = new Intl.NumberFormat(language);
  return values.map((value) => format.format(value));
}
