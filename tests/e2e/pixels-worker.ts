/** Runs the extension's own decoding and preparation in a worker, as its background does, for `pixels.ts`. */
import { decode } from '../../extension/src/model/decode.ts';
import { preprocess } from '../../extension/src/model/pixels.ts';
import type { Spec } from './fixtures.ts';

/** What the page asks: the address of a picture, and the input to prepare it for. */
export interface Order {
  url: string;
  spec: Spec;
  /** Whether the extension's background has VideoFrame in this browser; a worker has it in both. */
  videoFrame: boolean;
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  prepared(data).then(postMessage, (error: unknown) => postMessage(`Error: ${String(error)}`));
});

/** The prepared bytes in base64, the one form that both browsers' protocols carry. */
async function prepared({ url, spec, videoFrame }: Order): Promise<string> {
  if (!videoFrame) Reflect.deleteProperty(globalThis, 'VideoFrame');
  const response = await fetch(url);
  const pixels = preprocess(await decode(await response.blob()), spec);
  let text = '';
  for (const level of pixels) text += String.fromCharCode(level);
  return btoa(text);
}
