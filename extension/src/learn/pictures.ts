/**
 * The pictures of the panel: drawn onto canvases from bytes, so that the page in which the panel lies neither sees a
 * request nor can forbid one.
 */

import type { Example } from '../shared/learning.ts';
import { isFailure } from '../shared/messages.ts';
import { thumbnailOf } from '../shared/thumbnails.ts';
import { type Ask, askTwice, isPicture } from './requests.ts';

/** In px of the canvas: sharp where a picture is 130 px wide, on most screens. */
export const CANVAS = { width: 192, height: 108 };

/** Gives the bytes of an example's picture; null where there are none. */
export type PictureSource = (example: Example) => Promise<Blob | null>;

/** The pictures of videos; those of files nobody has any more. */
export function videoPictures(ask: Ask): PictureSource {
  return async (example) => {
    if (example.startsWith('picture:')) {
      return null;
    }
    const reply = await askTwice(ask, { type: 'picture', url: thumbnailOf(example) }, isPicture);
    return isFailure(reply) ? null : blobOf(reply.data);
  };
}

/** The bytes of a `data:` address, without a request. */
function blobOf(address: string): Blob | null {
  const [, type, data] = /^data:(image\/[\w.+-]+);base64,([\w+/=]+)$/.exec(address) ?? [];
  if (type === undefined || data === undefined) {
    return null;
  }
  const text = atob(data);
  return new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))], { type });
}

const AT_ONCE = 4;

/** Draws pictures, each read once, and a few at a time: the background has more urgent things to read. */
export class Pictures {
  readonly #bitmaps = new Map<Example, Promise<ImageBitmap | null>>();
  #waiting: (() => void)[] = [];
  #reading = 0;
  #isHeld = false;

  constructor(private readonly source: PictureSource) {}

  /** Draws a picture as soon as it is there; a canvas stays empty where it cannot be read. */
  async draw(example: Example, canvas: HTMLCanvasElement): Promise<void> {
    const reading = this.#bitmaps.get(example) ?? this.#read(example);
    this.#bitmaps.set(example, reading);
    const bitmap = await reading;
    if (bitmap !== null) {
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    }
  }

  /** Begins to read none, until it is let go: what is asked for waits. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#next();
  }

  close(): void {
    this.#waiting = [];
    for (const reading of this.#bitmaps.values()) {
      void reading.then((bitmap) => bitmap?.close());
    }
    this.#bitmaps.clear();
  }

  #next(): void {
    while (!this.#isHeld && this.#reading < AT_ONCE && this.#waiting.length > 0) {
      this.#reading++;
      this.#waiting.shift()?.();
    }
  }

  async #read(example: Example): Promise<ImageBitmap | null> {
    const turn = new Promise<void>((begin) => this.#waiting.push(begin));
    this.#next();
    await turn;
    try {
      const blob = await this.source(example);
      const size = { resizeWidth: CANVAS.width, resizeHeight: CANVAS.height } as const;
      return blob && (await createImageBitmap(blob, { ...size, resizeQuality: 'medium' }));
    } catch (error) {
      console.warn(`Thumbprint: the picture of ${example} cannot be drawn:`, error);
      return null;
    } finally {
      this.#reading--;
      this.#next();
    }
  }
}
