/** The bytes of a picture to pixels, with the browser's decoder and without the browser's idea of colour or size. */

import { ClassifyError, messageOf } from '../shared/messages.ts';
import type { Picture } from '../shared/pixels.ts';
import { isWhole } from './whole.ts';

const MAX_PIXELS = 40_000_000; // as in backend/images.py

/**
 * Decodes the first frame at 1:1, upright by its EXIF orientation, transparency laid over black.
 *
 * Rejects with a ClassifyError (decode) for anything but a whole picture of at most 40 megapixels.
 */
export async function decode(blob: Blob): Promise<Picture> {
  if (!isWhole(new Uint8Array(await blob.arrayBuffer()))) {
    throw new ClassifyError('decode', 'cut short');
  }
  const bitmap = await createImageBitmap(blob, {
    colorSpaceConversion: 'none',
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none', // Chrome's WebP decoder would multiply one level too low
  }).catch((error: unknown) => {
    throw new ClassifyError('decode', messageOf(error));
  });
  try {
    return read(bitmap);
  } finally {
    bitmap.close();
  }
}

function read(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    throw new ClassifyError('decode', `${width}x${height}`);
  }
  // An opaque canvas starts black. Reading back often would otherwise keep the pixels on the graphics card.
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) {
    throw new ClassifyError('decode', 'no canvas');
  }
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}
