/** Trying a picture: chosen, dropped, pasted or drawn, it is shown with its answer. */

import { make } from '../shared/dom.ts';
import { ClassifyError, type ClassifyReply, failure } from '../shared/messages.ts';
import { showAnswer } from './answer.ts';
import { classifyPicture } from './background-client.ts';
import { onChange } from './dom.ts';
import type { Page } from './page.ts';

/** What a message can carry without strain; a thumbnail has a hundredth of it. */
const MAX_BYTES = 16 * 1024 * 1024;

interface Parts {
  /** Where pictures may be dropped. */
  readonly zone: HTMLElement;
  readonly input: HTMLInputElement;
  /** Where the picture and its answer are shown. */
  readonly output: HTMLElement;
  readonly answered?: () => void;
}

interface TestedImage {
  readonly data: string | null;
  readonly reply: ClassifyReply | null;
}

/** One place for pictures on a page. The last picture wins, however long an earlier one takes. */
export class ImageTester {
  #page: Page | null = null;
  #tested: TestedImage | null = null;
  #count = 0;

  constructor(private readonly parts: Parts) {
    onChange(parts.input, ({ files }) => {
      this.#takeFirst(files);
      parts.input.value = ''; // the same file may be chosen again
    });
    acceptDrops(parts.zone, (files) => this.#takeFirst(files));
    document.addEventListener('paste', ({ clipboardData }) => this.#takeFirst(clipboardData?.files));
  }

  /** Shows the last answer in another language. */
  render(page: Page): void {
    this.#page = page;
    this.#show();
  }

  /** Classifies a picture that is given as a `data:` address. */
  async take(name: string, data: Promise<string>): Promise<void> {
    const count = ++this.#count;
    const step = (tested: TestedImage): void => {
      if (count === this.#count) {
        this.#tested = tested;
        this.#show();
      }
    };
    step({ data: null, reply: null });
    try {
      const address = await data;
      step({ data: address, reply: null });
      step({ data: address, reply: await classifyPicture(name, address) });
      this.parts.answered?.();
    } catch (error) {
      step({ data: null, reply: failure(error) });
    }
  }

  #takeFirst(files: FileList | undefined | null): void {
    const file = files?.[0];
    if (file !== undefined) {
      void this.take(file.name, readAsAddress(file));
    }
  }

  #show(): void {
    if (this.#page === null || this.#tested === null) {
      return;
    }
    const { data, reply } = this.#tested;
    const answer = make('div', 'answer');
    showAnswer(answer, reply, this.#page);
    this.parts.output.replaceChildren(...(data === null ? [] : [preview(data)]), answer);
  }
}

function preview(data: string): HTMLImageElement {
  const image = make('img', 'preview');
  image.src = data;
  image.alt = '';
  return image;
}

/** A file as a `data:` address: messages between pages are JSON. */
async function readAsAddress(file: Blob): Promise<string> {
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

function acceptDrops(zone: HTMLElement, take: (files: FileList | undefined) => void): void {
  // Beside the zone, a dropped file would replace the page.
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => event.preventDefault());
  zone.addEventListener('dragover', () => zone.classList.add('over'));
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', ({ dataTransfer }) => {
    zone.classList.remove('over');
    take(dataTransfer?.files);
  });
}
