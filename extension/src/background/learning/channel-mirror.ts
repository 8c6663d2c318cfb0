/**
 * The names of learnt channels outside the database: in `storage.local`, and, where the person lets the browser carry
 * them, what is done to them as well in `storage.sync`, in pieces that fit its quotas.
 */

import { serial } from '../../shared/async.ts';
import { type ChannelIdentity, MOST_CHANNELS } from '../../shared/learning.ts';
import { isObject, messageOf } from '../../shared/messages.ts';
import type { Action, Settings } from '../../shared/settings.ts';
import { isIdentity, isKey, LEARNT_KEY } from './learning-fields.ts';
import { withChannels } from './learnt-edits.ts';
import { isAction } from './learnt-records.ts';
import { type ChannelRecord, findChannel, type LearntState } from './learnt-state.ts';

/** A channel as another machine is told of it. */
export interface CarriedChannel extends ChannelIdentity {
  readonly key: string;
  readonly action?: Action;
}

interface Dependencies {
  readonly saveLocal: (channels: readonly CarriedChannel[]) => Promise<void>;
  /** Everything in the store that is carried, by its keys. */
  readonly loadSync: () => Promise<Readonly<Record<string, unknown>>>;
  /** Puts these entries there and takes those away. */
  readonly saveSync: (entries: Readonly<Record<string, unknown>>, gone: readonly string[]) => Promise<void>;
  readonly settings: () => Promise<Settings>;
}

const MAX_PIECE = 7500; // bytes: the quota of one is 8,192,
const MAX_PIECES = 13; // and of all together 102,400
const PIECE = /^channels\d+$/;

export class ChannelMirror {
  readonly #inTurn = serial();
  #written = '';

  constructor(private readonly deps: Dependencies) {}

  /** Writes the names as they are now; never rejects, because what was learnt does not hang on it. */
  async write(state: LearntState): Promise<void> {
    await this.#inTurn(() => this.#write(state)).catch((error: unknown) => {
      console.warn('Thumbprint: the names of channels were not carried on:', messageOf(error));
    });
  }

  /** The channels that another machine wrote; none where the person does not want them carried. */
  async carried(): Promise<readonly CarriedChannel[]> {
    return (await this.deps.settings()).syncChannels ? readPieces(await this.deps.loadSync()) : [];
  }

  async #write({ channels, forgotten }: LearntState): Promise<void> {
    const { syncChannels, actions } = await this.deps.settings();
    const own = Array.from(channels.values(), ({ key, id, handle, name }): CarriedChannel => ({ key, id, handle, name }));
    const text = JSON.stringify([own, forgotten, syncChannels, actions.channels]);
    if (text === this.#written) {
      return;
    }
    await this.deps.saveLocal(own);
    const stored = await this.deps.loadSync();
    const isForeign = ({ key }: CarriedChannel): boolean => !channels.has(key) && !forgotten.includes(key);
    const all = [...own.map((channel) => withAction(channel, actions.channels)), ...readPieces(stored).filter(isForeign)];
    await this.#carry(stored, syncChannels ? toPieces(all) : {});
    this.#written = text;
  }

  /** Writes what is different; what is of no use any more goes. */
  async #carry(stored: Readonly<Record<string, unknown>>, pieces: Record<string, CarriedChannel[]>): Promise<void> {
    const changed = Object.entries(pieces).filter(([key, piece]) => textOf(parsePiece(stored[key])) !== textOf(piece));
    const gone = Object.keys(stored).filter((key) => PIECE.test(key) && !Object.hasOwn(pieces, key));
    if (changed.length + gone.length > 0) {
      await this.deps.saveSync(Object.fromEntries(changed), gone);
    }
  }
}

function withAction(channel: CarriedChannel, actions: Settings['actions']['channels']): CarriedChannel {
  return Object.hasOwn(actions, channel.key) ? { ...channel, action: actions[channel.key]! } : channel;
}

/** Lists, each small enough; what has no room is left out. */
export function toPieces(channels: readonly CarriedChannel[]): Record<string, CarriedChannel[]> {
  const pieces: CarriedChannel[][] = [];
  let room = 0;
  for (const channel of channels) {
    const size = textOf([channel]).length;
    if (size > room) {
      pieces.push([]);
      room = MAX_PIECE;
    }
    pieces.at(-1)!.push(channel);
    room -= size;
  }
  return Object.fromEntries(pieces.slice(0, MAX_PIECES).map((piece, i) => [`channels${i}`, piece]));
}

/** As JSON in as many bytes as a store may take: a letter of another script has six. */
function textOf(piece: readonly CarriedChannel[]): string {
  return JSON.stringify(piece).replaceAll(/[^\x20-\x7e]|</g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What was written; what is none is left out. */
export function readPieces(stored: Readonly<Record<string, unknown>>): CarriedChannel[] {
  const keys = Object.keys(stored).filter((key) => PIECE.test(key)).slice(0, MAX_PIECES);
  return keys.flatMap((key) => parsePiece(stored[key]));
}

function parsePiece(piece: unknown): CarriedChannel[] {
  const channels = Array.isArray(piece) ? piece.slice(0, MOST_CHANNELS).filter(isCarried) : [];
  return channels.map(({ key, id, handle, name, action }) => ({ key, id, handle, name, ...(action === undefined ? {} : { action }) }));
}

function isCarried(value: unknown): value is CarriedChannel {
  return (
    isObject(value) &&
    isKey(value['key']) &&
    LEARNT_KEY.test(value['key']) &&
    (value['action'] === undefined || isAction(value['action'])) &&
    isIdentity(value)
  );
}

/** Those of another machine that are new here; what was forgotten here does not come back. */
export function newHere({ channels, forgotten }: LearntState, carried: readonly CarriedChannel[]): CarriedChannel[] {
  const others = carried.filter((channel) => !forgotten.includes(channel.key) && findChannel(channels, channel) === null);
  return others.filter(({ key }) => !channels.has(key)).slice(0, MOST_CHANNELS - channels.size);
}

/** The state with channels of another machine, to be learnt here. */
export function withCarried(state: LearntState, carried: readonly CarriedChannel[], time: number): LearntState {
  const records = newHere(state, carried).map(({ key, id, handle, name }): ChannelRecord => {
    return { key, id, handle, name, fingerprint: '', examples: [], like: { prior: '', classes: [] }, browsed: null, time };
  });
  return records.length === 0 ? state : withChannels(state, records);
}
