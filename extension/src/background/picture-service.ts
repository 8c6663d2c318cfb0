/** Small pictures of thumbnails for the panel that learns a channel, which draws them where the page sees no request. */

import { LimitedQueue } from '../shared/async.ts';
import { ClassifyError } from '../shared/messages.ts';
import { thumbnailOf } from '../shared/thumbnails.ts';
import { thumbnailSource } from './image-source.ts';

const AT_ONCE = 4;
const MOST_BYTES = 300_000; // a picture of 320x180 has 20,000
const CHUNK = 0x8000; // bytes that `fromCharCode` takes at once

export interface PictureServiceOptions {
  readonly fetchPicture: (url: string, signal: AbortSignal) => Promise<Blob>;
}

export class PictureService {
  readonly #queue = new LimitedQueue(AT_ONCE);
  #order = 0;

  constructor(private readonly options: PictureServiceOptions) {}

  /** The picture of a thumbnail's video as a `data:` address. Throws a ClassifyError, also for any other address. */
  async picture(address: string): Promise<string> {
    const thumbnail = thumbnailSource(address)?.thumbnail ?? null;
    if (thumbnail === null) {
      throw new ClassifyError('not-a-thumbnail');
    }
    const { signal } = new AbortController();
    const order = -++this.#order; // the first that was asked for comes first
    return this.#queue.run({ order, signal }, async () =>
      dataUrl(await this.options.fetchPicture(thumbnailOf(thumbnail.videoId), signal)),
    );
  }
}

async function dataUrl(picture: Blob): Promise<string> {
  if (picture.size > MOST_BYTES) {
    throw new ClassifyError('too-large', String(picture.size));
  }
  const bytes = new Uint8Array(await picture.arrayBuffer());
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  }
  return `data:${picture.type};base64,${btoa(text)}`;
}
