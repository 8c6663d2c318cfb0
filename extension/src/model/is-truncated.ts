/**
 * Whether a picture was cut short. Chrome and Pillow refuse such a file, Firefox paints the missing part grey; half a
 * thumbnail is not the channel's style.
 */

import { textAt } from './alpha.ts';

/** Looks at JPEG and WebP, which is what YouTube sends; what is neither is left to the decoder. */
export function isTruncated(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isJpeg(bytes)) {
    return !walk(view).ended;
  }
  if (textAt(bytes, 0) === 'RIFF' && textAt(bytes, 8) === 'WEBP') {
    return bytes.length < 8 + view.getUint32(4, true);
  }
  return false;
}

/** How many scans a JPEG has, 0 for other pictures. Each goes over the whole picture: few bytes can be minutes of work. */
export function scansOf(bytes: Uint8Array): number {
  return isJpeg(bytes) ? walk(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)).scans : 0;
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** Walks over the segments of a JPEG, because a thumbnail inside its EXIF data has scans and an end of its own. */
function walk(view: DataView): { ended: boolean; scans: number } {
  let i = 2;
  let scans = 0;
  while (i + 1 < view.byteLength) {
    const marker = view.getUint8(i) === 0xff ? view.getUint8(i + 1) : 0xff;
    if (marker === 0xd9) {
      return { ended: true, scans };
    }
    if (marker === 0xff) {
      i += 1; // compressed data or a fill byte
    } else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      i += 2; // an escaped 0xff, or a marker without a segment
    } else {
      scans += marker === 0xda ? 1 : 0;
      i += i + 3 < view.byteLength ? 2 + view.getUint16(i + 2) : view.byteLength;
    }
  }
  return { ended: false, scans };
}
