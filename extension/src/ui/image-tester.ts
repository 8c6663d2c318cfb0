/** Trying a picture: it is shown with its answer. */

import { make } from '../shared/dom.ts';
import { type ClassifyReply, failure } from '../shared/messages.ts';
import { showAnswer } from './answer.ts';
import { classifyPicture } from './background-client.ts';
import { byId } from './dom.ts';
import { type Page, rerender } from './page.ts';
import { readAsAddress } from './picture-file.ts';
import { acceptPictures } from './picture-input.ts';

interface TestedImage {
  readonly data: string | null;
  readonly reply: ClassifyReply | null;
}

/** One place for pictures on a page. The last picture wins, however long an earlier one takes. */
export class ImageTester {
  #tested: TestedImage | null = null;
  #count = 0;

  /** Calls `answered` after every answer. */
  constructor(private readonly answered: () => void = () => undefined) {
    acceptPictures([byId('file', HTMLInputElement)], byId('zone', HTMLElement), (reading) => void this.#take(reading));
  }

  /** Shows the last answer in the language of the page. */
  render(page: Page): void {
    if (this.#tested !== null) {
      const { data, reply } = this.#tested;
      const answer = make('div', 'answer');
      showAnswer(answer, reply, page);
      byId('output', HTMLElement).replaceChildren(...(data === null ? [] : [preview(data)]), answer);
    }
  }

  async #take(reading: Promise<File>): Promise<void> {
    const count = ++this.#count;
    const step = (tested: TestedImage): void => {
      if (count === this.#count) {
        this.#tested = tested;
        rerender();
      }
    };
    step({ data: null, reply: null });
    try {
      const file = await reading;
      const address = await readAsAddress(file);
      step({ data: address, reply: null });
      step({ data: address, reply: await classifyPicture(file.name, address) });
      this.answered();
    } catch (error) {
      step({ data: null, reply: failure(error) });
    }
  }
}

function preview(data: string): HTMLImageElement {
  const image = make('img', 'preview');
  image.src = data;
  image.alt = '';
  return image;
}
