/** Transparency: which files may have any, and laying it over black as `backend/data/images.py` does. */

const RGBA = 4;
const HAS_ALPHA = 0x10; // in the flags of an extended WebP, and in the header of a lossless one

/** Tells the pictures that need no look at their opacity, which is nearly all of YouTube's, by their first bytes. */
export function mayBeTransparent(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return false; // JPEG
  }
  if (textAt(bytes, 0) !== 'RIFF' || textAt(bytes, 8) !== 'WEBP') {
    return true;
  }
  const flags = { 'VP8 ': 0, VP8X: bytes[20], VP8L: bytes[24] }[textAt(bytes, 12)] ?? HAS_ALPHA;
  return (flags & HAS_ALPHA) !== 0;
}

/** Four letters of a file. */
export function textAt(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

/**
 * Lays RGBA pixels over black, in place. The colours must not be multiplied by their opacity yet.
 *
 * Equals Pillow's `alpha_composite` on an opaque black picture, level for level.
 */
export function layOverBlack(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += RGBA) {
    const alpha = data[i + 3]!;
    if (alpha < 255) {
      data[i] = Math.round((data[i]! * alpha) / 255); // never a tie: 255 is odd
      data[i + 1] = Math.round((data[i + 1]! * alpha) / 255);
      data[i + 2] = Math.round((data[i + 2]! * alpha) / 255);
      data[i + 3] = 255;
    }
  }
}
