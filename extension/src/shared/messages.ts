/** What the content script and the background say to each other. */

/** Why a thumbnail was not classified; every one has a sentence in `_locales`. */
export const REASONS = [
  'not-a-thumbnail',
  'network',
  'http',
  'not-an-image',
  'too-large',
  'decode',
  'placeholder',
  'model-missing',
  'model-broken',
  'internal',
] as const;

export type Reason = (typeof REASONS)[number];

export interface ClassifyRequest {
  readonly type: 'classify';
  readonly url: string;
}

/** The most probable channel; `known` is false where the model says that it is none of its channels. */
export interface ClassifyResult {
  readonly ok: true;
  readonly known: boolean;
  readonly channel: { readonly name: string; readonly displayName: string };
  readonly probability: number;
  readonly probabilities: readonly number[];
  readonly unknown: number | null;
}

/** `detail` belongs into the sentence of the reason: the HTTP status, or what is wrong with the model. */
export interface ClassifyFailure {
  readonly ok: false;
  readonly reason: Reason;
  readonly detail?: string;
}

export type ClassifyReply = ClassifyResult | ClassifyFailure;

/** A failure with a reason that a person can read. */
export class ClassifyError extends Error {
  override readonly name = 'ClassifyError';

  constructor(
    readonly reason: Reason,
    readonly detail?: string,
  ) {
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

export function isClassifyRequest(value: unknown): value is ClassifyRequest {
  return isObject(value) && value['type'] === 'classify' && typeof value['url'] === 'string';
}

export function isClassifyReply(value: unknown): value is ClassifyReply {
  if (!isObject(value)) {
    return false;
  }
  return value['ok'] === true ? isResult(value) : value['ok'] === false && isFailure(value);
}

function isResult(value: Record<string, unknown>): boolean {
  const { known, channel, probability, probabilities, unknown } = value;
  return (
    typeof known === 'boolean' &&
    isObject(channel) &&
    typeof channel['name'] === 'string' &&
    typeof channel['displayName'] === 'string' &&
    Number.isFinite(probability) &&
    Array.isArray(probabilities) &&
    probabilities.every(Number.isFinite) &&
    (unknown === null || Number.isFinite(unknown))
  );
}

function isFailure({ reason, detail }: Record<string, unknown>): boolean {
  return REASONS.includes(reason as Reason) && (detail === undefined || typeof detail === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
