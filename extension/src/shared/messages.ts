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
  'internal',
] as const;

export type Reason = (typeof REASONS)[number];

/** What is asked of the background, with the fields of each request: all of them texts, because messages are JSON. */
const REQUEST_FIELDS = {
  classify: ['url', 'id'], // whose thumbnail an address is; `id` names the request, so that it can be cancelled
  prepare: ['url', 'id'], // the pointer may stay on a picture: read it, so that only the model has to run when it does
  cancel: ['id'], // the pointer left: nobody waits for the answer any more
  'classify-picture': ['name', 'data'], // whose thumbnail a picture is, given as a `data:` address
  'warm-up': [], // a page with thumbnails is open: load the model, so that the first answer need not wait for it
  status: [],
  history: [],
  'clear-cache': [], // and the history
  'update-model': [], // to that of the server in the settings, if it is complete and answers
  'revert-model': [], // to the one that came with the extension
  explain: ['url'], // open the page that explains an answer, beside the tab that asks
  report: [], // open the local server's report, whose address no page learns
  heat: ['url', 'channel', 'id'], // which parts of a picture speak for a channel, as the local server says; `id` as above
} as const;

type RequestType = keyof typeof REQUEST_FIELDS;

/** A request of a type, or of any of several. */
export type Request<T extends RequestType = RequestType> = {
  [K in T]: { readonly type: K } & Readonly<Record<(typeof REQUEST_FIELDS)[K][number], string>>;
}[T];

/** A channel with its probability; `id` is YouTube's, `UC…`, where it is known. */
export interface Score {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
  readonly id?: string;
  readonly probability: number;
}

/**
 * The most probable channel; `known` is false where the model says that it is none of its channels, `certain` is true
 * where it may be named even though another channel posted the thumbnail.
 */
export interface ClassifyResult {
  readonly ok: true;
  readonly known: boolean;
  readonly certain: boolean;
  readonly channel: Score;
  /** All channels, the most probable first. */
  readonly scores: readonly Score[];
  /** How probable it is that the picture is of none of the channels, and from where on it counts as such. */
  readonly unknown: number | null;
  readonly threshold: number | null;
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
  const { known, certain, channel, scores, unknown, threshold } = value;
  return (
    typeof known === 'boolean' &&
    typeof certain === 'boolean' &&
    isScore(channel) &&
    Array.isArray(scores) &&
    scores.every(isScore) &&
    (unknown === null || Number.isFinite(unknown)) &&
    (threshold === null || Number.isFinite(threshold))
  );
}

function isScore(value: unknown): value is Score {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    typeof value['displayName'] === 'string' &&
    typeof value['handle'] === 'string' &&
    (value['id'] === undefined || typeof value['id'] === 'string') &&
    Number.isFinite(value['probability'])
  );
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
