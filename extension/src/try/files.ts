/** How a picture comes in: from the camera, chosen, dropped or pasted. */

import { byId, onChange } from '../ui/dom.ts';

/** Calls `take` with every picture that a person gives. */
export function acceptFiles(take: (file: File) => void): void {
  const first = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) {
      take(file);
    }
  };
  for (const id of ['camera', 'file']) {
    onChange(byId(id, HTMLInputElement), (input) => {
      first(input.files);
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
