/** What was added to channels by corrections and by browsing, in the options; both can be taken back. */

import { type MessageKey, reasonText } from '../shared/i18n.ts';
import { changeSettings } from '../shared/settings-store.ts';
import { byId, onChange, onPress, setText } from './dom.ts';
import type { KnownChannels } from './known-channels.ts';
import { change } from './learn-client.ts';
import type { Page } from './page.ts';
import { undoOffer } from './undo-offer.ts';

export class Browsing {
  readonly #keepLearning = byId('keep-learning', HTMLInputElement);
  readonly #forgetBrowsing = byId('forget-browsing', HTMLButtonElement);
  readonly #forgetCorrections = byId('forget-corrections', HTMLButtonElement);
  readonly #said = byId('browsing-said', HTMLElement);
  #page: Page | null = null;

  constructor(private readonly known: KnownChannels) {
    onChange(this.#keepLearning, ({ checked }) => void changeSettings({ keepLearning: checked }));
    onPress(this.#forgetBrowsing, () => this.#forget('forget-browsing', 'options_browsing_forgotten', this.#forgetBrowsing));
    onPress(this.#forgetCorrections, () =>
      this.#forget('forget-corrections', 'options_corrections_forgotten', this.#forgetCorrections),
    );
  }

  render(page: Page): void {
    this.#page = page;
    const { settings, t, language } = page;
    this.#keepLearning.checked = settings.keepLearning;
    if (this.known.reply?.ok === true) {
      const { browsing, corrections } = this.known.reply;
      const number = new Intl.NumberFormat(language);
      const added = browsing.own + browsing.others;
      const counts = [number.format(browsing.own), number.format(browsing.others)];
      setText(byId('browsing-added', HTMLElement), added === 0 ? t('options_browsing_nothing') : t('options_browsing_added', counts));
      this.#forgetBrowsing.hidden = added === 0;
      this.#forgetCorrections.hidden = corrections === 0;
      setText(byId('corrections', HTMLElement), t('options_corrections', [number.format(corrections)]));
    }
  }

  async #forget(type: 'forget-browsing' | 'forget-corrections', said: MessageKey, button: HTMLButtonElement): Promise<void> {
    const page = this.#page!;
    const reply = await change({ type });
    if (!reply.ok) {
      this.#said.replaceChildren(reasonText(reply, page.t));
      return;
    }
    const undone = async (): Promise<void> => {
      this.#said.replaceChildren();
      await this.known.refresh();
      button.focus();
    };
    const [text, undo] = undoOffer(page.t(said), reply.change, page, undone);
    this.#said.replaceChildren(text, ' ', undo);
    await this.known.refresh();
    undo.focus();
  }
}
