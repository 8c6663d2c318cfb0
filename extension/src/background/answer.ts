/** From the address of a thumbnail to the reply: fetch, decode, scale, classify. */

import { ClassifyError, type ClassifyReply, type ClassifyResult, failure } from '../shared/messages.ts';
import type { Metadata } from '../shared/metadata.ts';
import { type Picture, prepare } from '../shared/pixels.ts';
import { parseThumbnailUrl, type Thumbnail } from '../shared/thumbnails.ts';
import type { Classifier, Scores } from './classifier.ts';
import { isPlaceholder } from './placeholder.ts';
import { joined, serial } from './queue.ts';

export interface Tools {
  readonly ready: () => Promise<Pick<Classifier, 'classify' | 'metadata'>>;
  readonly fetchThumbnail: (url: string) => Promise<Blob>;
  readonly decode: (blob: Blob) => Promise<Picture>;
}

/** A function that answers for an address and never rejects. One inference runs at a time, one request an address. */
export function createAnswer(tools: Tools): (address: string) => Promise<ClassifyReply> {
  const inTurn = serial();
  const answer = joined(async (address: string): Promise<ClassifyReply> => {
    try {
      return await classify(address, tools, inTurn);
    } catch (error) {
      console.error(`Thumbprint: ${address} was not classified:`, error);
      return failure(error);
    }
  });
  return (address) => answer(parseThumbnailUrl(address)?.url ?? address);
}

async function classify(
  address: string,
  { ready, fetchThumbnail, decode }: Tools,
  inTurn: ReturnType<typeof serial>,
): Promise<ClassifyResult> {
  const thumbnail = parseThumbnailUrl(address);
  if (thumbnail === null) {
    throw new ClassifyError('not-a-thumbnail', address);
  }
  const [classifier, picture] = await Promise.all([ready(), fetchThumbnail(thumbnail.url).then(decode)]);
  checkPlaceholder(picture, thumbnail);
  const pixels = prepare(picture, classifier.metadata.input);
  const scores = await inTurn(() => classifier.classify(pixels));
  return toResult(scores, classifier.metadata);
}

function checkPlaceholder(picture: Picture, thumbnail: Thumbnail): void {
  if (isPlaceholder(picture, thumbnail)) {
    throw new ClassifyError('placeholder');
  }
}

/** Names the most probable channel; above its threshold, `unknown` says that it is none of them. */
export function toResult({ probabilities, unknown }: Scores, metadata: Metadata): ClassifyResult {
  const probability = Math.max(...probabilities);
  const channel = metadata.channels[probabilities.indexOf(probability)];
  if (channel === undefined) {
    throw new ClassifyError('internal', 'more probabilities than channels');
  }
  return {
    ok: true,
    known: unknown === null || metadata.unknown === null || unknown <= metadata.unknown.threshold,
    channel: { name: channel.name, displayName: channel.displayName },
    probability,
    probabilities,
    unknown,
  };
}
