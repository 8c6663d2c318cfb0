/** What was learnt here, and what a person said, beside what the model says of a picture. */

import { chancesOf } from '../../model/channel-fit.ts';
import type { Scores } from '../../model/style-prior.ts';
import { type Beside, type LearntName, NOTHING_SAID } from '../../model/join.ts';
import type { Metadata } from '../../model/metadata.ts';
import { numbersOf } from '../../model/style-prior.ts';
import { qualityOf, type Said } from '../../shared/learning.ts';
import { findCorrection, saidOf } from './corrections.ts';
import type { ImageSource } from '../image-source.ts';
import type { LearntChannels } from './learnt-channels.ts';
import { fingerprintOf } from './learnt-fit.ts';
import type { ChannelRecord, LearntState } from './learnt-state.ts';
import { pictureName } from './picture-name.ts';
import { trainedChannels } from './trained-channels.ts';

/** The names of a head's channels, by the state that they are of: they are asked for with every answer. */
const names = new WeakMap<LearntState, readonly LearntName[]>();

export class LearntAnswers {
  constructor(private readonly channels: Pick<LearntChannels, 'fitted'>) {}

  /** Whether any channel is known, trained or learnt. */
  async knows(metadata: Metadata): Promise<boolean> {
    return metadata.channels.length > 0 || headOf(await this.channels.fitted(metadata), metadata) !== null;
  }

  /** What is to be said of a picture beside its scores; `source` is null for a file. */
  async beside({ place }: Scores, metadata: Metadata, source: ImageSource | null): Promise<Beside> {
    const state = await this.channels.fitted(metadata);
    const stored = place === undefined ? null : headOf(state, metadata);
    const learnt =
      stored === null
        ? null
        : { channels: namesOf(state, stored.keys), chances: chancesOf(stored.head, numbersOf(stored, place!)), unknown: stored.head.unknown };
    return { learnt, said: await said(state, place ?? null, metadata, source) };
  }

  /** The kernel of a learnt channel, (components,); null for any other key. */
  async kernelOf(key: string, metadata: Metadata): Promise<Float64Array | null> {
    const stored = headOf(await this.channels.fitted(metadata), metadata);
    return stored?.head.kernel[stored.keys.indexOf(key)] ?? null;
  }
}

type Fitted = NonNullable<LearntState['head']> & { readonly head: NonNullable<NonNullable<LearntState['head']>['head']> };

/** The head, if it is the model's, and tells a channel or has corrections for the model's own. */
function headOf({ head }: LearntState, { version, channels }: Metadata): Fitted | null {
  return head !== null && head.head !== null && head.version === version && head.keys.length + channels.length > 0 ? (head as Fitted) : null;
}

function namesOf(state: LearntState, keys: readonly string[]): readonly LearntName[] {
  const found = names.get(state) ?? keys.map((key) => nameOf(state.channels.get(key)!));
  names.set(state, found);
  return found;
}

function nameOf({ key, id, handle, name, examples }: ChannelRecord): LearntName {
  return { name: key, displayName: name, handle, ...(id === '' ? {} : { id }), quality: qualityOf(examples.length) };
}

async function said(state: LearntState, place: Scores['place'] | null, metadata: Metadata, source: ImageSource | null): Promise<Said> {
  if (state.corrections.length === 0) {
    return NOTHING_SAID;
  }
  const picture = source === null ? '' : await pictureName(source);
  const seen = { picture, place: place ?? null, fingerprint: fingerprintOf(metadata) };
  return saidOf(findCorrection(state.corrections, seen), (key) => nameInAnswers(state, key, metadata));
}

/** A channel that the model knows as well has the model's name. */
function nameInAnswers({ channels }: LearntState, key: string, metadata: Metadata): string {
  const record = channels.get(key);
  return (record === undefined ? null : trainedChannels(metadata).find(record))?.key ?? key;
}
