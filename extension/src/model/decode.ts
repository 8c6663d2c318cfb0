/** The bytes of a picture to pixels, with the browser's decoder and without the browser's idea of colour or size. */

import { ClassifyError, messageOf } from '../shared/messages.ts';
import { layOverBlack, mayBeTransparent } from './alpha.ts';
import { isTruncated, scansOf } from './is-truncated.ts';
import type { Picture } from './pixels.ts';

const MAX_PIXELS = 40_000_000; // both as in backend/data/picture_headers.py
const MAX_SCANS = 64;

/**
 * Decodes the first frame at 1:1, upright by its EXIF orientation, transparency laid over black.
 *
 * Rejects with a ClassifyError (decode) for anything but a whole picture of at most 40 megapixels.
 */
export async function decode(blob: Blob): Promise<Picture> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  if (isTruncated(bytes)) {
    throw new ClassifyError('decode', 'cut short');
  }
  if (scansOf(bytes) > MAX_SCANS) {
    throw new ClassifyError('decode', `a JPEG of over ${MAX_SCANS} scans`);
  }
  const bitmap = await createImageBitmap(blob, {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none', // Chrome's WebP decoder would multiply one level too low
  }).catch((error: unknown) => {
    throw new ClassifyError('decode', messageOf(error));
  });
  try {
    return await read(bitmap, mayBeTransparent(bytes));
  } finally {
    bitmap.close();
  }
}

async function read(bitmap: ImageBitmap, transparent: boolean): Promise<Picture> {
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    throw new ClassifyError('decode', `${width}x${height}`);
  }
  const exact = transparent ? await readFrame(bitmap) : null;
  return exact ?? readCanvas(bitmap);
}

function readCanvas(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  // An opaque canvas starts black. Reading back often would otherwise keep the pixels on the graphics card.
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) {
    throw new ClassifyError('decode', 'no canvas');
  }
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/**
 * Reads colours and opacity apart, past the canvas: Firefox's rounds down where it multiplies one by the other.
 *
 * Null where that cannot be had. Chrome's service worker has no VideoFrame, but Chrome's canvas is exact; in a Firefox
 * that fails here, the canvas makes half-transparent pixels one level too dark.
 */
async function readFrame(bitmap: ImageBitmap): Promise<Picture | null> {
  if (typeof VideoFrame === 'undefined') {
    return null;
  }
  try {
    const frame: TurnedFrame = new VideoFrame(bitmap, { timestamp: 0 });
    try {
      return isUpright(frame) ? await copyOverBlack(frame, bitmap) : null;
    } finally {
      frame.close();
    }
  } catch (error) {
    console.warn('Thumbprint: transparency is read from a canvas:', error);
    return null;
  }
}

/** What Chrome has in addition: its frames keep the file's own rows and note how to turn them. */
type TurnedFrame = VideoFrame & { readonly rotation?: number; readonly flip?: boolean };

function isUpright({ rotation = 0, flip = false }: TurnedFrame): boolean {
  return rotation === 0 && !flip;
}

async function copyOverBlack(frame: VideoFrame, { width, height }: ImageBitmap): Promise<Picture> {
  const data = new Uint8Array(frame.allocationSize({ format: 'RGBA' }));
  await frame.copyTo(data, { format: 'RGBA' });
  layOverBlack(data);
  return { width, height, data };
}
