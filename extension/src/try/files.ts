/** How a picture comes in: from the camera, chosen, dropped, pasted, or one of the samples of a static site. */

import { byId, onChange, onPress } from '../ui/dom.ts';
import { TryError } from './texts.ts';

/** Calls `take` with every picture that a person gives; `isPhoto` where it was given as a photo of a screen. */
export function acceptFiles(take: (file: File, isPhoto: boolean) => void): void {
  const first = (files: FileList | null | undefined, isPhoto = false): void => {
    const file = files?.[0];
    if (file !== undefined) {
      take(file, isPhoto);
    }
  };
  for (const id of ['camera', 'file']) {
    onChange(byId(id, HTMLInputElement), (input) => {
      first(input.files, id === 'camera');
      input.value = ''; // the same file may be chosen again
    });
  }
  document.addEventListener('paste', ({ clipboardData }) => first(clipboardData?.files));
  const mark = (over: boolean) => document.body.classList.toggle('over', over);
  document.addEventListener('dragover', (event) => {
    event.preventDefault(); // a dropped file would replace the page
    mark(true);
  });
  document.addEventListener('dragleave', ({ relatedTarget }) => mark(relatedTarget !== null));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    first(event.dataTransfer?.files);
  });
}

/** Calls `take` with the picture of a sample that is pressed; a page without samples has none. */
export function acceptSamples(take: (reading: Promise<File>) => void): void {
  for (const image of document.querySelectorAll<HTMLImageElement>('#samples button img')) {
    onPress(image.parentElement!, () => take(readSample(image.src)));
  }
}

async function readSample(address: string): Promise<File> {
  const response = await fetch(address);
  const name = address.split('/').at(-1) ?? '';
  if (!response.ok) {
    throw new TryError('bad_file', name);
  }
  return new File([await response.blob()], name);
}
