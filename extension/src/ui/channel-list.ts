/** Own channels as a list: in order, searched, each with its initial, its colour and what is known of it. No DOM in here. */

import type { MyChannel } from '../shared/learning.ts';
import type { Language } from '../shared/settings.ts';
import type { Page } from './page.ts';

const PICTURE = 'picture:'; // how an example begins that came as a file

/** Grounds of an initial, dark enough for a white letter. */
export const COLOURS = [
  '#a8372a', '#8a4b12', '#6b5c10', '#3f6b1f', '#1b7044', '#12696a',
  '#1a6794', '#2f5dbb', '#4f50c4', '#7344c0', '#94389f', '#ad2f6a',
] as const;

/** The same colour for the same channel, whatever it is called. */
export function colourOf(key: string): string {
  let hash = 0;
  for (const letter of key) {
    hash = (hash * 31 + letter.codePointAt(0)!) % 1_000_003;
  }
  return COLOURS[hash % COLOURS.length]!;
}

/** The first letter or digit of a name, else its first sign. */
export function initialOf(name: string, language: Language): string {
  const text = name.normalize('NFC').trim();
  const [first = '?'] = /[\p{L}\p{N}]/u.exec(text) ?? /./u.exec(text) ?? [];
  return first.toLocaleUpperCase(language);
}

/** Channels in the order of their names, with what a search goes through: made once, so that typing is quick. */
export class ChannelIndex {
  readonly #channels: readonly { readonly channel: MyChannel; readonly text: string }[];

  constructor(channels: readonly MyChannel[], language: Language) {
    const { compare } = new Intl.Collator(language, { numeric: true });
    this.#channels = channels
      .map((channel) => ({ channel, text: plain(`${channel.name} @${channel.handle} ${channel.id}`) }))
      .sort((a, b) => compare(a.channel.name, b.channel.name));
  }

  /** The channels that hold every word of a search, whatever the case and the accents. */
  find(search: string): readonly MyChannel[] {
    const words = plain(search).split(/\s+/);
    return this.#channels.filter(({ text }) => words.every((word) => text.includes(word))).map(({ channel }) => channel);
  }
}

function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
}

/** What is known of a channel, in a few words each. */
export function factsOf({ examples, browsed, quality, source }: MyChannel, { t, language }: Pick<Page, 't' | 'language'>): string[] {
  const count = examples.length === 0 ? '' : t('options_channels_examples', [String(examples.length)]);
  const isCarried = source === 'learnt' && examples.length === 0; // its name alone came from elsewhere
  const more = browsed === 0 ? '' : t('options_channels_browsed', [browsed.toLocaleString(language)]);
  return [
    [count, more].filter((text) => text !== '').join(' '),
    examples.length === 0 || quality === null ? '' : t(`ui_quality_${quality}`),
    isCarried ? '' : t(`options_channels_from_${source}`),
  ].filter((text) => text !== '');
}

/** The examples that can be read again, the videos', and how many cannot: a picture that came as a file is not kept. */
export function readableOf(examples: MyChannel['examples']): { videos: readonly string[]; pictures: number } {
  const videos = examples.filter((example) => !example.startsWith(PICTURE));
  return { videos, pictures: examples.length - videos.length };
}

/**
 * The names under which a channel's action is kept, the one that counts first: answers call a channel that was trained
 * by the model's name for it, and one that was learnt by its key.
 */
export function actionNames({ key, source, handle, name }: MyChannel, trained: ReadonlyMap<string, string>): readonly string[] {
  if (source === 'learnt') {
    return [key];
  }
  const modelName = trained.get(key) ?? trained.get(`@${handle.toLowerCase()}`) ?? trained.get(`#${name}`);
  return [...new Set(modelName === undefined ? [key] : [modelName, key])];
}

interface Trained {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
}

/** A model's names for its channels, by all that a channel may be known by. */
export function trainedNames(channels: readonly Trained[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name, displayName, handle } of channels) {
    names.set(`#${displayName}`, name);
    if (handle !== '') {
      names.set(`@${handle.replace(/^@/, '').toLowerCase()}`, name).set(handle, name);
    }
  }
  return new Map([...names, ...channels.map(({ name }): [string, string] => [name, name])]);
}
