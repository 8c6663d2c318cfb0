/** Learning a channel from files, in the options: what cannot be used is named, and the rest goes into the panel. */

import { Flow } from '../learn/flow.ts';
import { isPrivateWindow, send } from '../shared/browser.ts';
import { make } from '../shared/dom.ts';
import { reasonText } from '../shared/i18n.ts';
import { FEWEST, MOST_EXAMPLES } from '../shared/learning.ts';
import { byId, onPress, setText } from './dom.ts';
import type { KnownChannels } from './known-channels.ts';
import { readPicture } from './learn-client.ts';
import { showPanel } from './learn-panel.ts';
import type { Page } from './page.ts';
import { isPictureFile, readAsAddress } from './picture-file.ts';
import { acceptFiles } from './picture-input.ts';
import { type BadFile, PicturesRead } from './pictures-read.ts';

/** What is wrong with a file, in a few words. */
export function faultText({ fault }: BadFile, t: Page['t']): string {
  return typeof fault === 'object' ? reasonText(fault, t) : t(`options_pictures_fault_${fault}`, [String(MOST_EXAMPLES)]);
}

function newPictures(): PicturesRead {
  const read = async (file: File) => readPicture(await readAsAddress(file), crypto.randomUUID());
  return new PicturesRead({ isPicture: isPictureFile, read });
}

export class LearnPictures {
  readonly #open = byId('learn-pictures', HTMLButtonElement);
  readonly #section = byId('pictures', HTMLElement);
  readonly #name = byId('pictures-name', HTMLInputElement);
  readonly #go = byId('pictures-go', HTMLButtonElement);
  #read = newPictures();
  #page: Page | null = null;

  constructor(private readonly known: KnownChannels) {
    const files = byId('pictures-files', HTMLInputElement);
    onPress(this.#open, () => (this.#section.hidden ? this.open('') : this.#close()));
    onPress(byId('pictures-choose', HTMLElement), () => files.click());
    this.#name.addEventListener('input', () => this.#draw());
    onPress(this.#go, () => this.#learn());
    acceptFiles(files, byId('pictures-zone', HTMLElement), (chosen) => void this.#add(chosen));
  }

  /** Shows it, for a channel that is called so already or for one that gets its name now. */
  open(name: string): void {
    this.#section.hidden = false;
    this.#open.ariaExpanded = 'true';
    this.#name.value = name === '' ? this.#name.value : name;
    (name === '' ? this.#name : byId('pictures-choose', HTMLElement)).focus();
  }

  render(page: Page): void {
    this.#page = page;
    this.#draw();
  }

  #close(): void {
    this.#section.hidden = true;
    this.#open.ariaExpanded = 'false';
    this.#name.value = '';
    this.#read = newPictures();
    this.#draw();
    this.#open.focus();
  }

  /** The panel shows them, says what the channel would be like, and keeps it. */
  async #learn(): Promise<void> {
    const { language, t } = this.#page!;
    const read = this.#read;
    const flow = new Flow({ channel: { id: '', handle: '', name: this.#name.value.trim() }, ask: send, isPrivate: isPrivateWindow() });
    const closed = (): void => void this.#leave(flow);
    const pictures = (example: string): Promise<Blob | null> => Promise.resolve(read.fileOf(example) ?? null);
    showPanel({ flow, language, localise: t, pictures, loadMore: null, closed });
    flow.offer(read.examples);
    await flow.start();
  }

  async #leave({ state }: Flow): Promise<void> {
    if (state.step === 'done') {
      this.#close();
    } else {
      this.#go.focus();
    }
    await this.known.refresh();
  }

  async #add(files: readonly File[]): Promise<void> {
    const read = this.#read;
    await read.add(files, () => read === this.#read && this.#draw());
  }

  #draw(): void {
    const { t } = this.#page!;
    const { examples, bad, progress } = this.#read;
    const bar = byId('pictures-progress', HTMLProgressElement);
    bar.hidden = progress.done === progress.of;
    bar.max = Math.max(1, progress.of);
    bar.value = progress.done;
    const said = examples.length < FEWEST ? 'options_pictures_few' : 'options_pictures_ready';
    this.#go.disabled = examples.length === 0 || !bar.hidden || this.#name.value.trim() === '';
    const nothing = progress.of === 0 || !bar.hidden;
    setText(byId('pictures-said', HTMLElement), nothing ? '' : t(said, [String(examples.length)]));
    const rows = bad.map((file) => make('li', '', t('ui_said_of', [file.name, faultText(file, t)])));
    byId('pictures-bad', HTMLElement).replaceChildren(...rows);
  }
}
