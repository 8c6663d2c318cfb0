/** How a picture comes in: chosen, pasted, dropped, or one of the samples that a page shows. */

import { onChange, onPress } from './dom.ts';

/** Calls `take` with all files that a person chooses, pastes or drops on `zone` while it is shown. */
export function acceptFiles(input: HTMLInputElement, zone: HTMLElement, take: (files: readonly File[]) => void): void {
  const takeAll = (files: FileList | null | undefined): void => {
    if (files !== null && files !== undefined && files.length > 0 && zone.checkVisibility()) {
      take([...files]);
    }
  };
  onChange(input, ({ files }) => {
    takeAll(files);
    input.value = ''; // the same files may be chosen again
  });
  document.addEventListener('paste', ({ clipboardData }) => takeAll(clipboardData?.files));
  acceptDrops(zone, takeAll);
}

/** Calls `take` with every picture that a person gives, pastes or drops on `zone`; `input` is where it was chosen. */
export function acceptPictures(
  inputs: readonly HTMLInputElement[],
  zone: HTMLElement,
  take: (reading: Promise<File>, input?: HTMLInputElement) => void,
): void {
  const takeFirst = (files: FileList | null | undefined, input?: HTMLInputElement): void => {
    const file = files?.[0];
    if (file !== undefined) {
      take(Promise.resolve(file), input);
    }
  };
  for (const input of inputs) {
    onChange(input, ({ files }) => {
      takeFirst(files, input);
      input.value = ''; // the same file may be chosen again
    });
  }
  for (const image of document.querySelectorAll<HTMLImageElement>('#samples button img')) {
    onPress(image.parentElement!, () => take(readSample(image.src)));
  }
  document.addEventListener('paste', ({ clipboardData }) => takeFirst(clipboardData?.files));
  acceptDrops(zone, takeFirst);
}

function acceptDrops(zone: HTMLElement, take: (files: FileList | undefined) => void): void {
  // Beside the zone, a dropped file would replace the page.
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => event.preventDefault());
  const mark = (over: boolean): boolean => zone.classList.toggle('over', over);
  zone.addEventListener('dragover', () => mark(true));
  zone.addEventListener('dragleave', ({ relatedTarget }) => mark(zone.contains(relatedTarget as Node | null)));
  zone.addEventListener('drop', ({ dataTransfer }) => {
    mark(false);
    take(dataTransfer?.files);
  });
}

async function readSample(address: string): Promise<File> {
  const picture = await (await fetch(address)).blob();
  return new File([picture], address.split('/').at(-1) ?? '', { type: picture.type });
}
