/** What pages, the content script and the background say to each other of channels that are learnt in the browser. */

import type { ClassifyFailure, Quality, Reason } from './messages.ts';

export const FEWEST = 5; // thumbnails that a channel is learnt from
const GOOD = 12; // from which on a channel is
const SOLID = 30;
export const MOST_EXAMPLES = 200; // of a channel
export const MOST_CHANNELS = 500;

/** How far a channel of so many examples can be relied on. */
export function qualityOf(examples: number): Quality {
  return examples < GOOD ? 'rough' : examples < SOLID ? 'good' : 'solid';
}

/** A channel as its page names it: `id` is YouTube's `UC…`, the handle has no `@`; each may be '' but the name. */
export interface ChannelIdentity {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
}

/** What a channel is kept under, and called in answers: its id, else its handle, else its name. */
export function keyOf({ id, handle, name }: ChannelIdentity): string {
  return id !== '' ? id : handle !== '' ? `@${handle.toLowerCase()}` : `#${name}`;
}

/** Whether two are one channel: by their ids where both have one, else by their handles, else by their names. */
export function isSameChannel(a: ChannelIdentity, b: ChannelIdentity): boolean {
  return sameByAddress(a, b) ?? plain(a.name) === plain(b.name);
}

/** The same by what no one else can have; null where a name is all that there is to compare. */
export function sameByAddress(a: ChannelIdentity, b: ChannelIdentity): boolean | null {
  if (a.id !== '' && b.id !== '') {
    return a.id === b.id;
  }
  return a.handle !== '' && b.handle !== '' ? plain(a.handle) === plain(b.handle) : null;
}

/** A handle or a name as it is compared. */
export function plain(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** An example: the id of a video, or `picture:` and the SHA-256 of a file. */
export type Example = string;

/** A channel that is known, from here or from the model. */
export interface MyChannel extends ChannelIdentity {
  readonly key: string;
  /** `trained`: by the model alone; `both`: the model's answers count, and what was learnt here waits behind them. */
  readonly source: 'learnt' | 'trained' | 'both';
  readonly examples: readonly Example[];
  /** Thumbnails that browsing added. */
  readonly browsed: number;
  /** Null for a channel that only the model knows. */
  readonly quality: Quality | null;
  /** Learnt in the space of another model: to be learnt again. */
  readonly stale: boolean;
  /** When it was learnt or changed, in milliseconds; 0 for one of the model. */
  readonly time: number;
}

export interface ChannelsReply {
  readonly ok: true;
  readonly channels: readonly MyChannel[];
  /** Whether the model brings what channels are learnt with. */
  readonly canLearn: boolean;
  /** What browsing added: thumbnails of own channels, and of others. */
  readonly browsing: { readonly own: number; readonly others: number };
  readonly corrections: number;
  /** The limits of what was learnt here, as `Unknown` in model/metadata.ts; absent where nothing is. */
  readonly unknown?: unknown;
}

/** An example that was asked about with a head that was fitted without it. */
export interface Tested {
  readonly example: Example;
  readonly recognised: boolean;
}

/** What a channel would be like, before it is kept; every figure is of examples left out. */
export interface PreviewReply {
  readonly ok: true;
  /** Examples that could be read; null below FEWEST. */
  readonly count: number;
  readonly quality: Quality | null;
  readonly tested: readonly Tested[];
  /** Examples of other channels that are known here, at most six, and whether they would be taken for it. */
  readonly others: readonly { readonly example: Example; readonly name: string; readonly taken: boolean }[];
  /** Thumbnails of strangers that come with the model, and how many would be taken for it. */
  readonly strangers: { readonly taken: number; readonly of: number };
  /** Channels that are mixed up with it: how many of its examples and theirs, and of how many. */
  readonly alike: readonly { readonly name: string; readonly mixed: number; readonly of: number }[];
  /** Whether it is known already: then this adds to it. */
  readonly known: boolean;
  readonly failed: readonly { readonly example: Example; readonly reason: Reason }[];
}

/** A change was stored; `change` names it for `learn-undo`. */
export interface ChangeReply {
  readonly ok: true;
  readonly change: string;
}

/** A picture was read and can be an example. */
export interface FileReply {
  readonly ok: true;
  readonly example: Example;
}

/** A file of channels. */
export interface ExportReply {
  readonly ok: true;
  readonly text: string;
}

/** Whether the panel is to be shown at once. */
export interface BeginReply {
  readonly ok: true;
  readonly open: boolean;
}

/** What an import would do or did; `conflicts`: channels that both sides changed, of which the newer one stays. */
export interface ImportReply {
  readonly ok: true;
  readonly added: number;
  readonly newer: number;
  readonly conflicts: number;
  readonly unchanged: number;
  /** Channels of another model's space, which are to be learnt again. */
  readonly stale: number;
  readonly change: string; // '' where nothing was stored
}

/** What a person said of a picture, by names of channels: it is one ('' for nothing said), or is none of several. */
export interface Said {
  readonly is: string;
  readonly not: readonly string[];
}

export type Learnt<T> = T | ClassifyFailure;
