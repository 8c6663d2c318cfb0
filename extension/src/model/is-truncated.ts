/**
 * Whether a picture was cut short. Chrome and Pillow refuse such a file, Firefox paints the missing part grey; half a
 * thumbnail is not the channel's style.
 */

import { textAt } from './alpha.ts';

/** Looks at JPEG and WebP, which is what YouTube sends; what is neither is left to the decoder. */
export function isTruncated(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return !hasEndOfImage(view);
  }
  if (textAt(bytes, 0) === 'RIFF' && textAt(bytes, 8) === 'WEBP') {
    return bytes.length < 8 + view.getUint32(4, true);
  }
  return false;
}

/** Walks over the segments of a JPEG, because a thumbnail inside its EXIF data has an end of its own. */
function hasEndOfImage(view: DataView): boolean {
  let i = 2;
  while (i + 1 < view.byteLength) {
    const marker = view.getUint8(i) === 0xff ? view.getUint8(i + 1) : 0xff;
    if (marker === 0xd9) {
      return true;
    }
    if (marker === 0xff) {
      i += 1; // compressed data or a fill byte
    } else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      i += 2; // an escaped 0xff, or a marker without a segment
    } else {
      i += i + 3 < view.byteLength ? 2 + view.getUint16(i + 2) : view.byteLength;
    }
  }
  return false;
}
