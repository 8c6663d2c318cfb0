/** What pages ask of learnt channels: learn, look at, change and carry them. */

import { numbersOf } from '../../model/style-prior.ts';
import {
  type ChannelsReply,
  type ChannelIdentity,
  type Example,
  FEWEST,
  type ImportReply,
  type PreviewReply,
  qualityOf,
  sameByAddress,
} from '../../shared/learning.ts';
import type { Metadata } from '../../model/metadata.ts';
import { ClassifyError } from '../../shared/messages.ts';
import type { Action, Settings } from '../../shared/settings.ts';
import { withoutBrowsing, withSeen } from './browsing.ts';
import { readChannelFile, writeChannelFile } from './channel-file.ts';
import { type Merge, merge } from './channel-merge.ts';
import { corrected } from './corrections.ts';
import type { ExampleReader, ReadExamples } from './example-reader.ts';
import { type ImageSource, permittedSource, type Permissions } from '../image-source.ts';
import { listChannels } from './channel-list.ts';
import type { LearntChannels } from './learnt-channels.ts';
import { learntRecord, renamed, withoutChannel, withRecord } from './learnt-edits.ts';
import { canLearn, fingerprintOf, fitLearnt, headOf, isFresh, type LearntFit, likeOf, type Space } from './learnt-fit.ts';
import { type ChannelRecord, findChannel, type LearntState, type StoredHead } from './learnt-state.ts';
import { preview } from './learning-preview.ts';
import { exampleOf, pictureName } from './picture-name.ts';
import { keyOf as scoresKey, type ScoreCache } from '../score-cache.ts';
import type { SeenVideos } from './seen-videos.ts';
import { trainedChannels } from './trained-channels.ts';

export interface Dependencies extends Permissions {
  readonly channels: Pick<LearntChannels, 'state' | 'fitted' | 'change' | 'undo' | 'add'>;
  readonly reader: Pick<ExampleReader, 'read' | 'readFile'>;
  readonly cache: Pick<ScoreCache, 'get'>;
  readonly seenVideos: Pick<SeenVideos, 'isNew' | 'clear'>;
  readonly metadata: () => Promise<Metadata>;
  /** The model and its prior. Throws where it cannot be loaded; null where it brings none. */
  readonly space: () => Promise<Space | null>;
  /** Changes what is done to channels; null takes an entry away. */
  readonly act: (actions: Readonly<Record<string, Action | null>>) => Promise<void>;
  readonly now: () => number;
}

/** What was read of a channel, as it would be kept. */
interface Learning extends ReadExamples {
  readonly space: Space;
  readonly record: ChannelRecord;
  readonly known: boolean;
}

export class LearningService {
  /** The fit of the last preview, and of what: who keeps what was seen there need not wait for it again. */
  #previewed: { readonly what: string; readonly fit: LearntFit | null } | null = null;

  constructor(private readonly deps: Dependencies) {}

  async channels(): Promise<ChannelsReply> {
    const metadata = await this.deps.metadata();
    return listChannels(await this.deps.channels.fitted(metadata), metadata);
  }

  /** What a channel would be like with some examples; nothing is stored. */
  async preview(channel: ChannelIdentity, examples: readonly Example[], signal: AbortSignal): Promise<PreviewReply> {
    const { space, record, failed, known } = await this.#learn(channel, examples, signal);
    const count = record.examples.length;
    if (count < FEWEST) {
      return { ok: true, count, quality: null, ...NO_FIGURES, known, failed };
    }
    const state = withRecord(await this.deps.channels.state(), record);
    const { knownRecall } = await this.deps.settings();
    signal.throwIfAborted();
    const fit = this.#fit(state, record, space);
    this.#previewed = { what: contentOf(state, record, space), fit };
    const isFitted = fit?.records.some(({ key }) => key === record.key) ?? false;
    const figures = isFitted ? preview(fit!, record.key, space.prior, knownRecall) : NO_FIGURES;
    return { ok: true, count, quality: qualityOf(count), ...figures, known, failed };
  }

  /** Stores a channel; `request` names the request. Throws a ClassifyError: too-few, too-many, quota. */
  async keep(channel: ChannelIdentity, examples: readonly Example[], request: string, signal: AbortSignal): Promise<string> {
    const learning = await this.#learn(channel, examples, signal);
    const { length } = learning.record.examples;
    if (length < FEWEST) {
      throw new ClassifyError('too-few', String(length));
    }
    let record = learning.record;
    const edit = (state: LearntState): LearntState => {
      record = recordOf(learning, state, channel, learning.record.time);
      return withRecord(state, record);
    };
    const fit = (state: LearntState, space: Space): StoredHead => headOf(this.#fit(state, record, space), space);
    return this.deps.channels.change(edit, { request, fit });
  }

  async readFile(data: string, signal: AbortSignal): Promise<Example> {
    await this.#space();
    return this.deps.reader.readFile(data, signal);
  }

  async undo(change: string): Promise<void> {
    const actions = await this.deps.channels.undo(change);
    await (actions === null ? undefined : this.deps.act(actions));
  }

  async rename(key: string, name: string): Promise<string> {
    return this.deps.channels.change((state) => renamed(state, key, name, this.deps.now()));
  }

  async forget(key: string): Promise<string> {
    return this.deps.channels.change((state) => withoutChannel(state, key));
  }

  /** Notes what a person says of a picture: a channel that it is, or is not; '' for neither. */
  async correct(address: string, not: string, is: string): Promise<string> {
    const source = await permittedSource(address, this.deps);
    const metadata = await this.deps.metadata();
    const place = await this.#placeOf(source, metadata);
    const picture = await pictureName(source);
    const said = { picture, place, fingerprint: place === null ? '' : fingerprintOf(metadata), time: this.deps.now() };
    return this.deps.channels.change((state) => {
      const key = (name: string): string => keptKey(state.channels, name, metadata);
      return corrected(state, { ...said, not: key(not), is: key(is), example: exampleOf(source, picture) });
    });
  }

  async forgetCorrections(): Promise<string> {
    return this.deps.channels.change((state) => ({ ...state, corrections: [] }));
  }

  /** Learns from a thumbnail that was answered, where the person wants that. */
  async seen(address: string, poster: ChannelIdentity): Promise<void> {
    const source = await permittedSource(address, this.deps);
    if (!(await this.deps.settings()).keepLearning) {
      return;
    }
    const metadata = await this.deps.metadata();
    const state = await this.deps.channels.fitted(metadata);
    const step = state.head?.version === metadata.version && state.head.keys.length > 0 ? state.head.step : null;
    const place = step === null ? null : await this.#placeOf(source, metadata);
    const video = exampleOf(source, '');
    if (place === null || step === null || video === '' || !isToLearn(state, video, poster, metadata)) {
      return;
    }
    if (await this.deps.seenVideos.isNew(video)) {
      const numbers = numbersOf({ step }, place);
      await this.deps.channels.add((now) => {
        const record = findChannel(now.channels, poster);
        if (record !== null && sameByAddress(record, poster) === null) {
          return now; // anybody may have that name: it is neither surely this channel nor surely another
        }
        return record !== null && !isFresh(record, metadata) ? now : withSeen(now, record, numbers, fingerprintOf(metadata));
      });
    }
  }

  async forgetBrowsing(): Promise<string> {
    const change = await this.deps.channels.change(withoutBrowsing);
    await this.deps.seenVideos.clear();
    return change;
  }

  async exportFile(): Promise<string> {
    const [metadata, state, { actions }] = await Promise.all([
      this.deps.metadata(),
      this.deps.channels.state(),
      this.deps.settings(),
    ]);
    return writeChannelFile(state, actions.channels, fingerprintOf(metadata), new Date(this.deps.now()).toISOString());
  }

  /** Says what a file would change, and changes it where `apply` is true. Throws a ClassifyError: bad-file, too-many. */
  async importFile(text: string, apply: boolean): Promise<ImportReply> {
    const file = readChannelFile(text, this.deps.now());
    const fingerprint = fingerprintOf(await this.deps.metadata());
    const merged = merge(await this.deps.channels.state(), file, fingerprint);
    return replyOf(merged, apply ? await this.#apply(file, fingerprint, merged) : '');
  }

  /** What is done to channels is set first: where the worker ends in between, that is said of channels that are not there. */
  async #apply(file: Parameters<typeof merge>[1], fingerprint: string, { actions }: Merge): Promise<string> {
    const before: Settings['actions']['channels'] = (await this.deps.settings()).actions.channels;
    const added = Object.entries(actions).filter(([key]) => !Object.hasOwn(before, key));
    await (added.length === 0 ? undefined : this.deps.act(Object.fromEntries(added)));
    const undo = added.length === 0 ? null : Object.fromEntries(added.map(([key]) => [key, null]));
    return this.deps.channels.change((state) => merge(state, file, fingerprint).state, { actions: undo });
  }

  async #learn(channel: ChannelIdentity, examples: readonly Example[], signal: AbortSignal): Promise<Learning> {
    const space = await this.#space();
    const read = await this.deps.reader.read(examples, space.metadata, signal);
    const state = await this.deps.channels.state();
    const record = recordOf({ ...read, space }, state, channel, this.deps.now());
    return { ...read, space, record, known: findChannel(state.channels, channel) !== null };
  }

  /** Throws a ClassifyError (cannot-learn). */
  async #space(): Promise<Space> {
    const space = await this.deps.space();
    if (space === null || !canLearn(space.metadata)) {
      throw new ClassifyError('cannot-learn');
    }
    return space;
  }

  /** Fits, unless the preview did. */
  #fit(state: LearntState, record: ChannelRecord, space: Space): LearntFit | null {
    const isPreviewed = this.#previewed?.what === contentOf(state, record, space);
    const fit = isPreviewed ? this.#previewed!.fit : fitLearnt(state, space);
    this.#previewed = null;
    return fit;
  }

  async #placeOf(source: ImageSource, metadata: Metadata): Promise<ChannelRecord['examples'][number]['place'] | null> {
    const { channels, features } = metadata;
    const scores = await this.deps.cache.get(scoresKey(source, metadata), channels.length, features?.prior.components);
    return scores?.place ?? null;
  }
}

const NO_FIGURES = { tested: [], others: [], strangers: { taken: 0, of: 0 }, alike: [] } as const;

/** A channel with what was read of it, on top of what is known. */
function recordOf({ examples, space }: Pick<Learning, 'examples' | 'space'>, state: LearntState, channel: ChannelIdentity, time: number): ChannelRecord {
  const before = findChannel(state.channels, channel);
  const record = learntRecord(before, { channel, examples, fingerprint: fingerprintOf(space.metadata), time });
  return { ...record, like: likeOf(space, record.examples.map(({ place }) => place)) };
}

/** What a fit is of: a state with one record more. */
function contentOf({ revision }: LearntState, { key, examples }: ChannelRecord, { metadata }: Space): string {
  return JSON.stringify([metadata.version, revision, key, examples.map(({ example }) => example)]);
}

/** Whether browsing may add a video of a poster: it is not learnt from already, and nobody said anything of it. */
function isToLearn({ channels, corrections }: LearntState, video: string, poster: ChannelIdentity, metadata: Metadata): boolean {
  const isExample = findChannel(channels, poster)?.examples.some(({ example }) => example === video) ?? false;
  const isCorrected = corrections.some(({ picture }) => picture === `${video}:main`);
  return !isExample && !isCorrected && trainedChannels(metadata).find(poster) === null;
}

/** The key under which a channel of an answer is kept; the model's own name for one that was not learnt here. */
function keptKey(channels: LearntState['channels'], name: string, metadata: Metadata): string {
  if (name === '' || channels.has(name)) {
    return name;
  }
  const trained = trainedChannels(metadata).all.find(({ key }) => key === name);
  if (trained === undefined) {
    throw new ClassifyError('gone');
  }
  return findChannel(channels, trained)?.key ?? name;
}

function replyOf({ added, newer, conflicts, unchanged, stale }: Merge, change: string): ImportReply {
  return { ok: true, added, newer, conflicts, unchanged, stale, change };
}
