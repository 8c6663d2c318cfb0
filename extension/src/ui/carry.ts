/** Own channels as a file, and whether the browser carries their names: in the options. */

import { make } from '../shared/dom.ts';
import { reasonText } from '../shared/i18n.ts';
import { changeSettings } from '../shared/settings-store.ts';
import { byId, onChange, onPress, saveFile } from './dom.ts';
import { importText, numbers } from './import-text.ts';
import type { KnownChannels } from './known-channels.ts';
import { exportChannels, importChannels } from './learn-client.ts';
import type { Page } from './page.ts';
import { undoOffer } from './undo-offer.ts';

const FILE_NAME = 'my-channels.json';
const MAX_BYTES = 48 * 1024 * 1024; // what a message may carry; 500 channels of 200 examples are 30 MB

export class Carry {
  readonly #file = byId('channels-file', HTMLInputElement);
  readonly #sync = byId('sync-channels', HTMLInputElement);
  readonly #result = byId('carry-result', HTMLElement);
  readonly #import = byId('import-channels', HTMLButtonElement);
  #page: Page | null = null;

  constructor(private readonly known: KnownChannels) {
    onChange(this.#sync, ({ checked }) => void changeSettings({ syncChannels: checked }));
    onPress(byId('export-channels', HTMLElement), () => this.#export());
    onPress(this.#import, () => this.#file.click());
    onChange(this.#file, ({ files }) => {
      const file = files?.[0];
      if (file !== undefined) {
        void this.#ask(file).then(() => {
          this.#file.value = ''; // the same file may be chosen again
        });
      }
    });
  }

  render(page: Page): void {
    this.#page = page;
    this.#sync.checked = page.settings.syncChannels;
  }

  async #export(): Promise<void> {
    const reply = await exportChannels();
    if (reply.ok) {
      saveFile(FILE_NAME, reply.text);
      this.#say();
    } else {
      this.#say(reasonText(reply, this.#page!.t));
    }
  }

  /** Says what the file would change; nothing is changed before a person wants it. */
  async #ask(file: File): Promise<void> {
    const { t } = this.#page!;
    if (file.size > MAX_BYTES) {
      this.#say(t('options_channels_import_large'));
      return;
    }
    const text = await file.text();
    const reply = await importChannels(text, false);
    if (!reply.ok) {
      this.#say(reasonText(reply, t));
    } else if (reply.added + reply.newer + reply.conflicts === 0) {
      this.#say(t('options_channels_import_nothing', numbers([reply.unchanged], this.#page!.language)));
    } else {
      this.#offer(text, importText(reply, this.#page!));
    }
  }

  #offer(text: string, said: string): void {
    const { t } = this.#page!;
    const apply = button(t('options_channels_import'), () => this.#apply(text));
    apply.className = 'primary';
    const cancel = button(t('options_cancel'), () => {
      this.#say();
      this.#import.focus();
    });
    this.#say(said, apply, cancel);
    apply.focus();
  }

  async #apply(text: string): Promise<void> {
    const page = this.#page!;
    const reply = await importChannels(text, true);
    if (!reply.ok) {
      this.#say(reasonText(reply, page.t));
      return;
    }
    const undone = async (): Promise<void> => {
      this.#say(page.t('options_channels_import_undone'));
      this.#import.focus();
      await this.known.refresh();
    };
    const done = `${page.t('options_channels_imported')} ${importText(reply, page)}`;
    const [line, undo] = undoOffer(done, reply.change, page, undone);
    this.#say(line, undo);
    undo.focus();
    await this.known.refresh();
  }

  #say(...what: (string | HTMLElement)[]): void {
    const [said = '', ...buttons] = what;
    const parts = buttons.length === 0 ? [] : [make('div', 'actions', ...buttons)];
    this.#result.replaceChildren(...(said === '' ? [] : [make('p', '', said)]), ...parts);
  }
}

function button(text: string, pressed: () => void | Promise<void>): HTMLButtonElement {
  const element = make('button', '', text);
  element.type = 'button';
  onPress(element, pressed);
  return element;
}
