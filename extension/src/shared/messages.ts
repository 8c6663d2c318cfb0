/** What pages of the extension, the content script and the background say to each other. */

/** Why a thumbnail was not classified; every one has a sentence in `_locales`. */
export const REASONS = [
  'not-a-thumbnail',
  'short', // upright, as no thumbnail that the model knows: nothing is asked for
  'network',
  'http',
  'redirect', // it is somewhere else, and nobody asks there
  'not-an-image',
  'too-large',
  'decode',
  'placeholder',
  'model-missing',
  'model-broken',
  'not-allowed', // the detail is the host whose pictures may not be read yet
  'server', // the local server did not give what it was asked for
  'server-unset', // there is no local server in the settings
  'server-down', // nobody answers at its address
  'cancelled',
  'no-channels', // the model knows no channel, and none was learnt here
  'too-few', // examples to learn from; the detail is how many there are
  'too-many', // channels
  'cannot-learn', // the model does not bring what channels are learnt with
  'private', // in a private window nothing is kept
  'quota', // the browser's store is full
  'bad-file', // what was imported cannot be read; the detail says what is wrong
  'gone', // what is to be changed is not there any more
  'internal',
] as const;

export type Reason = (typeof REASONS)[number];

/** What is asked of the background, with the fields of each request: all of them texts, because messages are JSON. */
const REQUEST_FIELDS = {
  classify: ['url', 'id'], // whose thumbnail an address is; `id` names the request, so that it can be cancelled
  prepare: ['url', 'id'], // the pointer may stay on a picture: read it, so that only the model has to run when it does
  cancel: ['id'], // the pointer left: nobody waits for the answer any more
  'classify-picture': ['name', 'data'], // whose thumbnail a picture is, given as a `data:` address
  glance: ['url', 'id'], // as `classify`, of a thumbnail that nobody points at: whoever points at one is answered first
  'glance-count': ['count'], // how many thumbnails of a frame the icon counts; '' where a page begins or marks no more
  'warm-up': [], // a page with thumbnails is open: load the model, so that the first answer need not wait for it
  status: [],
  history: [],
  'clear-cache': [], // and the history
  'update-model': [], // to that of the server in the settings, if it is complete and answers
  'revert-model': [], // to the one that came with the extension
  explain: ['url'], // open the page that explains an answer, beside the tab that asks
  report: [], // open the local server's report, whose address no page learns
  channels: [], // all that are known
  'learn-preview': ['channel', 'examples', 'id'], // a ChannelIdentity and a list of examples, each as JSON
  'learn-keep': ['channel', 'examples', 'id'], // the same, and stores it; what is known of the channel stays beside it
  'learn-file': ['data', 'id'], // reads a picture, given as a `data:` address, so that it can be an example
  'learn-undo': ['change'], // takes the last change back, if it is this one
  'rename-channel': ['key', 'name'],
  'forget-channel': ['key'],
  'open-channel': ['channel'], // open a channel's page in a new tab, with the panel to learn it
  correct: ['url', 'not', 'is'], // of a thumbnail: the key of a channel that it is not, of one that it is, or ''
  'learn-begin': [], // whether this tab was opened to learn a channel; says so once
  seen: ['url', 'poster'], // a thumbnail that was answered, and who posted it: a ChannelIdentity as JSON
  picture: ['url'], // the small picture of a thumbnail as a `data:` address: a page must not see what is looked at
  'forget-browsing': [], // all that `seen` added
  'forget-corrections': [],
  'export-channels': [],
  'import-channels': ['text', 'apply'], // says what the file would change, and with '1' changes it
  heat: ['url', 'channel', 'id'], // which parts of a picture speak for a channel, as the local server says; `id` as above
} as const;

type RequestType = keyof typeof REQUEST_FIELDS;

/** A request of a type, or of any of several. */
export type Request<T extends RequestType = RequestType> = {
  [K in T]: { readonly type: K } & Readonly<Record<(typeof REQUEST_FIELDS)[K][number], string>>;
}[T];

/** How far answers about a channel that was learnt in the browser can be relied on: `rough` says "maybe". */
export const QUALITIES = ['rough', 'good', 'solid'] as const;
export type Quality = (typeof QUALITIES)[number];

/**
 * A channel with its probability; `id` is YouTube's, `UC…`, where it is known. `quality` is of channels that were learnt
 * in the browser.
 */
export interface Score {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
  readonly id?: string;
  readonly probability: number;
  readonly quality?: Quality;
}

/** What a channel is told by. */
export type Named = Omit<Score, 'probability' | 'quality'>;

/** The less probable channels of a long list: who they are, and how probable all of them are together. */
export interface Rest {
  readonly probability: number;
  readonly count: number;
  /** A list of `Named` as JSON: browsers carry hundreds of objects several times slower than their text. */
  readonly channels: string;
}

/**
 * The most probable channel; `known` is false where the model says that it is none of its channels, `certain` is true
 * where it may be named even though another channel posted the thumbnail. `confident`: sure enough to act upon, as a
 * channel or as none of them.
 */
export interface ClassifyResult {
  readonly ok: true;
  readonly known: boolean;
  readonly certain: boolean;
  readonly confident: boolean;
  readonly channel: Score;
  /** All channels but those of `rest`, the most probable first. */
  readonly scores: readonly Score[];
  readonly rest?: Rest;
  /** How probable it is that the picture is of none of the channels, and from where on it counts as such. */
  readonly unknown: number | null;
  readonly threshold: number | null;
  /** What the person said of this very picture: that it is of `channel`, or is not of the one that the model names. */
  readonly said?: 'is' | 'not';
}

/** `detail` belongs into the sentence of the reason: the HTTP status, a host, or what is wrong with the model. */
export interface ClassifyFailure {
  readonly ok: false;
  readonly reason: Reason;
  readonly detail?: string;
}

export type ClassifyReply = ClassifyResult | ClassifyFailure;

/** One of the last answers: `what` is the address of a thumbnail or the name of a file. */
export interface HistoryEntry {
  readonly what: string;
  readonly time: number;
  readonly reply: ClassifyReply;
}

/** What is loaded, and whether the local server is there. */
export interface Status {
  readonly model: ModelStatus | ClassifyFailure;
  readonly server: 'none' | 'up' | 'down';
  /** Hosts of pictures that were pointed at with `anyPicture` and may not be read yet, the last one first. */
  readonly wantedHosts: readonly string[];
}

export interface ModelStatus {
  readonly ok: true;
  readonly metadata: unknown; // the parsed metadata.json: read it with `parseMetadata`
  readonly origin: 'packaged' | 'server';
  readonly bytes: number;
}

/** What came of an update or a way back: the version that is used now. */
export type ModelReply = { readonly ok: true; readonly version: string } | ClassifyFailure;

/** A failure with a reason that a person can read. */
export class ClassifyError extends Error {
  override readonly name = 'ClassifyError';

  constructor(readonly reason: Reason, readonly detail?: string) {
    super(detail === undefined ? reason : `${reason}: ${detail}`);
  }
}

/** The text of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The reply for anything that was thrown. */
export function failure(error: unknown): ClassifyFailure {
  if (error instanceof ClassifyError) {
    return { ok: false, reason: error.reason, ...(error.detail === undefined ? {} : { detail: error.detail }) };
  }
  return { ok: false, reason: 'internal', detail: messageOf(error) };
}

/** The reply where the background sent none, or nothing that is one. */
export function noAnswer(): ClassifyFailure {
  return failure(new ClassifyError('internal', 'the background gave no answer'));
}

/** Whether a message is a request, with fields of the right types; senders are trusted no further. */
export function isRequest(value: unknown): value is Request {
  if (!isObject(value) || typeof value['type'] !== 'string' || !Object.hasOwn(REQUEST_FIELDS, value['type'])) {
    return false;
  }
  return REQUEST_FIELDS[value['type'] as RequestType].every((field) => typeof value[field] === 'string');
}

export function isClassifyReply(value: unknown): value is ClassifyReply {
  if (!isObject(value)) {
    return false;
  }
  return value['ok'] === true ? isResult(value) : isFailure(value);
}

function isResult(value: Record<string, unknown>): boolean {
  const { known, certain, confident, channel, scores, rest, unknown, threshold, said } = value;
  return (
    typeof known === 'boolean' &&
    typeof certain === 'boolean' &&
    typeof confident === 'boolean' &&
    isScore(channel) &&
    Array.isArray(scores) &&
    scores.every(isScore) &&
    (rest === undefined || isRest(rest)) &&
    (unknown === null || Number.isFinite(unknown)) &&
    (threshold === null || Number.isFinite(threshold)) &&
    (said === undefined || said === 'is' || said === 'not')
  );
}

function isRest(value: unknown): value is Rest {
  const { probability, count, channels } = isObject(value) ? value : {};
  return Number.isFinite(probability) && Number.isInteger(count) && typeof channels === 'string';
}

export function isNamed(value: unknown): value is Named {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    typeof value['displayName'] === 'string' &&
    typeof value['handle'] === 'string' &&
    (value['id'] === undefined || typeof value['id'] === 'string')
  );
}

function isScore(value: unknown): value is Score {
  if (!isNamed(value)) {
    return false;
  }
  const { quality, probability }: Partial<Score> = value;
  return (quality === undefined || QUALITIES.includes(quality)) && Number.isFinite(probability);
}

export function isFailure(value: unknown): value is ClassifyFailure {
  if (!isObject(value) || value['ok'] !== false) {
    return false;
  }
  const { reason, detail } = value;
  return REASONS.includes(reason as Reason) && (detail === undefined || typeof detail === 'string');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
