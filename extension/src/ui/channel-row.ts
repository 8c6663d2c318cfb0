/** A channel's row in the options: what is known of it, what is done to its thumbnails, and what can be done with it. */

import { make } from '../shared/dom.ts';
import { reasonText } from '../shared/i18n.ts';
import type { MyChannel } from '../shared/learning.ts';
import type { ClassifyFailure } from '../shared/messages.ts';
import type { Action } from '../shared/settings.ts';
import { channelActionSelect } from './actions-field.ts';
import { colourOf, factsOf, initialOf, readableOf } from './channel-list.ts';
import { onPress, setText } from './dom.ts';
import type { Page } from './page.ts';

const MAX_NAME = 100; // letters

/** What a row does; each answers with what went wrong, if anything did. */
export interface RowHandlers {
  readonly act: (channel: MyChannel, action: Action | '') => void;
  readonly rename: (channel: MyChannel, name: string) => Promise<ClassifyFailure | null>;
  readonly learnMore: (channel: MyChannel) => Promise<ClassifyFailure | null>;
  readonly forget: (channel: MyChannel) => Promise<ClassifyFailure | null>;
  readonly learnAgain: (channel: MyChannel) => void;
  readonly cancel: () => void;
}

/** How far learning a channel again has come. */
export interface Progress {
  readonly key: string;
  readonly done: number;
  readonly of: number;
}

/** Made once for a channel and a language; `update` shows what changed since. */
export class ChannelRow {
  readonly element = make('li', 'channel');
  readonly #initial = make('span', 'initial');
  readonly #name = make('bdi', 'name');
  readonly #handle = make('span', 'note');
  readonly #facts = make('p', 'note facts-line');
  readonly #problem = make('p', 'problem');
  readonly #stale = make('div', 'stale');
  readonly #buttons = make('div', 'buttons');
  readonly #who = make('div', 'who', make('p', 'name-line', this.#name, ' ', this.#handle), this.#facts);
  readonly #select: HTMLSelectElement;
  readonly #bar = make('progress');
  #channel: MyChannel;
  #described: MyChannel | null = null;

  constructor(channel: MyChannel, private readonly page: Page, private readonly handlers: RowHandlers) {
    this.#channel = channel;
    this.element.dataset['key'] = channel.key;
    this.#initial.ariaHidden = 'true';
    this.#initial.style.backgroundColor = colourOf(channel.key);
    this.#select = channelActionSelect(page, (action) => handlers.act(this.#channel, action));
    this.#problem.role = 'alert';
    this.#stale.hidden = true;
    this.#who.append(this.#problem, this.#stale);
    const action = make('label', 'action', make('span', 'note', page.t('options_channels_action')), this.#select);
    this.element.append(this.#initial, this.#who, make('div', 'does', action, this.#buttons));
    this.#showButtons();
  }

  update(channel: MyChannel, action: Action | '', progress: Progress | null): void {
    this.#channel = channel;
    if (channel !== this.#described) {
      this.#described = channel;
      this.#describe(channel);
    }
    if (this.#select.value !== action) {
      this.#select.value = action;
    }
    this.#showStale(progress);
  }

  #describe(channel: MyChannel): void {
    const { t, language } = this.page;
    setText(this.#initial, initialOf(channel.name, language));
    setText(this.#name, channel.name);
    setText(this.#handle, channel.handle === '' ? '' : `@${channel.handle.replace(/^@/, '')}`);
    setText(this.#facts, factsOf(channel, this.page).join(' · '));
    this.#select.ariaLabel = t('ui_said_of', [t('options_channels_action'), channel.name]);
    this.#labelButtons();
  }

  /** Puts the focus where it was before the row, or part of it, was made anew. */
  focus(what: 'rename' | 'forget'): void {
    this.#buttons.querySelector<HTMLButtonElement>(`[data-does="${what}"]`)?.focus();
  }

  #showButtons(): void {
    const { source } = this.#channel;
    const { handlers } = this;
    const rename = this.#button('rename', () => this.#edit());
    const more = this.#button('learn_more', () => this.#try(handlers.learnMore(this.#channel)));
    const forget = this.#button('forget', () => this.#try(handlers.forget(this.#channel)));
    // What the model knows by itself, nobody can change here.
    this.#buttons.replaceChildren(...(source === 'learnt' ? [rename, more, forget] : source === 'both' ? [forget] : []));
    this.#labelButtons();
  }

  #button(does: 'rename' | 'learn_more' | 'forget', pressed: () => void): HTMLButtonElement {
    const button = make('button', 'small', this.page.t(`options_${does}`));
    button.type = 'button';
    button.dataset['does'] = does;
    onPress(button, pressed);
    return button;
  }

  #labelButtons(): void {
    for (const button of this.#buttons.querySelectorAll<HTMLButtonElement>('[data-does]')) {
      button.ariaLabel = this.page.t('ui_said_of', [button.textContent, this.#channel.name]);
    }
  }

  #try(doing: Promise<ClassifyFailure | null>): void {
    void doing.then((failed) => setText(this.#problem, failed === null ? '' : reasonText(failed, this.page.t)));
  }

  /** A field in the place of the buttons: Enter keeps the name, Esc the one of before. */
  #edit(): void {
    const { t } = this.page;
    const input = make('input', 'new-name');
    input.type = 'text';
    input.maxLength = MAX_NAME;
    input.value = this.#channel.name;
    input.ariaLabel = t('options_channels_name');
    const save = make('button', 'small', t('options_save'));
    const cancel = make('button', 'small', t('options_cancel'));
    cancel.type = 'button';
    const form = make('form', 'rename', input, save, cancel);
    const close = (): void => {
      this.#showButtons();
      this.focus('rename');
    };
    onPress(cancel, close);
    form.addEventListener('keydown', ({ key }) => key === 'Escape' && close());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#rename(input, close);
    });
    this.#buttons.replaceChildren(form);
    input.select();
  }

  async #rename(input: HTMLInputElement, close: () => void): Promise<void> {
    const name = input.value.trim();
    const failed = name === '' || name === this.#channel.name ? null : await this.handlers.rename(this.#channel, name);
    setText(this.#problem, failed === null ? '' : reasonText(failed, this.page.t));
    input.ariaInvalid = String(failed !== null);
    if (failed === null) {
      close();
    }
  }

  #showStale(progress: Progress | null): void {
    const { stale, examples } = this.#channel;
    const reading = progress?.key === this.#channel.key;
    this.#stale.hidden = !stale;
    const shown = stale ? `${reading ? 'reading' : 'waiting'} ${examples.length}` : '';
    if (this.#stale.dataset['shown'] !== shown) {
      const focused = this.#stale.contains(document.activeElement);
      this.#stale.dataset['shown'] = shown;
      this.#stale.replaceChildren(...(stale ? this.#staleParts(reading) : []));
      if (focused) {
        this.#stale.querySelector('button')?.focus();
      }
    }
    if (reading) {
      this.#bar.max = progress.of;
      this.#bar.value = progress.done;
    }
  }

  /** One that was carried here by its name alone has nothing to be learnt again from. */
  #staleParts(reading: boolean): HTMLElement[] {
    const { t } = this.page;
    const { examples } = this.#channel;
    const { videos, pictures } = readableOf(examples);
    const said = make('p', 'note', t(examples.length === 0 ? 'options_carried' : 'options_stale'));
    const lost = pictures === 0 ? [] : [make('p', 'note', t('options_stale_pictures', [String(pictures)]))];
    this.#bar.ariaLabel = t('options_learn_again');
    return [said, ...lost, ...(reading ? [this.#bar] : []), ...(videos.length === 0 ? [] : [this.#againButton(reading)])];
  }

  #againButton(reading: boolean): HTMLButtonElement {
    const button = make('button', 'small', this.page.t(reading ? 'options_cancel' : 'options_learn_again'));
    button.type = 'button';
    button.ariaLabel = this.page.t('ui_said_of', [button.textContent, this.#channel.name]);
    onPress(button, () => (reading ? this.handlers.cancel() : this.handlers.learnAgain(this.#channel)));
    return button;
  }
}
