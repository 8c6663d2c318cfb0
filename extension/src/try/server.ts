/** What the server behind this page answers beside its files: where a thumbnail is in a photo. A static host answers nothing. */

import { isObject, messageOf } from '../shared/messages.ts';
import type { Size } from '../shared/geometry.ts';
import { isConvex, type Quad } from './quad.ts';
import { TryError } from './texts.ts';

/** A thumbnail in a photo; the score says how likely it is the one wanted, 0 to 1 for all together. */
export interface Found {
  readonly quad: Quad;
  readonly score: number;
}

const TIMEOUT_MS = 20_000; // the server gives up on a photo after half of that
const QUALITY = 0.92;

/** Whether the local server wrote this page: nobody else fills in this element, and nothing is asked to find out. */
export function isServed(): boolean {
  return document.querySelector<HTMLMetaElement>('meta[name="server"]')?.content === 'thumbprint';
}

/**
 * Sends a photo to the server, and gives the thumbnails that it finds, the likeliest first, in pixels of the canvas.
 *
 * It is drawn anew, so that nothing of the file's own data (place, time) goes along. Throws a TryError.
 */
export async function findThumbnails(canvas: HTMLCanvasElement): Promise<Found[]> {
  const blob = await toJpeg(canvas);
  const response = await fetch('photo', {
    method: 'POST',
    body: blob,
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw error instanceof DOMException ? new TryError('no_finder', messageOf(error)) : new TryError('no_server');
  });
  if (!response.ok) {
    throw response.status === 403 ? new TryError('no_entry') : new TryError('no_finder', `HTTP ${response.status}`);
  }
  return parseFound(await response.json().catch(() => null), canvas);
}

/** A canvas as a file for the server. */
export async function toJpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, fail) => {
    canvas.toBlob((blob) => (blob === null ? fail(new Error('no JPEG')) : done(blob)), 'image/jpeg', QUALITY);
  });
}

/** Reads an answer to /photo, and scales it to a picture of another size. Throws a TryError. */
export function parseFound(answer: unknown, { width, height }: Size): Found[] {
  const { size, found } = isObject(answer) ? answer : {};
  if (!isPoint(size) || !Array.isArray(found)) {
    throw new TryError('no_finder', '?');
  }
  return found.map((thumbnail: unknown) => {
    const { quad, score } = isObject(thumbnail) ? thumbnail : {};
    if (typeof score !== 'number' || !Array.isArray(quad) || quad.length !== 4 || !quad.every(isPoint)) {
      throw new TryError('no_finder', '?');
    }
    const scaled = quad.map(([x, y]) => [(x * width) / size[0], (y * height) / size[1]]) as unknown as Quad;
    if (!isConvex(scaled)) {
      throw new TryError('no_finder', '?');
    }
    return { quad: scaled, score };
  });
}

function isPoint(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'number' && Number.isFinite(part));
}
