/**
 * Finds thumbnails in a photo in Node with the browser's own finder, so that a test can hold it against Python's:
 *
 *     node --import tsx tools/find.ts PHOTO.bin WIDTH HEIGHT
 *
 * PHOTO.bin holds (HEIGHT, WIDTH, 3) bytes, RGB. Prints {"found": [{"quad", "score"}], "flat"} as JSON: the first one
 * flattened to 160x90, as base64 of RGB bytes, or null where nothing was found. Bad input ends with status 2.
 */

import { readFile } from 'node:fs/promises';

import { findThumbnails, rectify } from '../src/photo/index.ts';
import type { Picture } from '../src/model/pixels.ts';

const USAGE = 'usage: node --import tsx tools/find.ts PHOTO.bin WIDTH HEIGHT';

function opaque(rgb: Uint8Array, width: number, height: number): Picture {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) {
    data.set(rgb.subarray(i, i + 3), o);
  }
  return { width, height, data };
}

const [path, width, height] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const bytes = path === undefined ? undefined : await readFile(path);
if (bytes?.length !== width * height * 3) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const photo = opaque(bytes, width, height);
  const found = await findThumbnails(photo);
  const flat = found[0] === undefined ? undefined : rectify(photo, found[0].quad, 160, 90);
  const rgb = flat?.data.filter((_, i) => i % 4 !== 3);
  process.stdout.write(JSON.stringify({ found, flat: rgb ? Buffer.from(rgb).toString('base64') : null }));
}
