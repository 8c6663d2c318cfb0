/** Files of pictures: which they are, and how they go to the background. */

import { ClassifyError } from '../shared/messages.ts';

/** What a message can carry without strain; a thumbnail has a hundredth of it. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A file as a `data:` address: messages between pages are JSON. */
export async function readAsAddress(file: Blob): Promise<string> {
  if (file.size > MAX_BYTES) {
    throw new ClassifyError('too-large');
  }
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result as string));
    reader.addEventListener('error', () => reject(reader.error ?? new ClassifyError('decode')));
    reader.readAsDataURL(file);
  });
}

/** Whether a file begins as a JPEG, PNG or WebP does, whatever it is called. */
export async function isPictureFile(file: Blob): Promise<boolean> {
  const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer()));
  return start.startsWith('\xff\xd8\xff') || start.startsWith('\x89PNG\r\n\x1a\n') || /^RIFF.{4}WEBP$/s.test(start);
}
