/** The list of own channels in the options: a few rows at a time, however many there are, so that it is quick to use. */

import { openTab, send } from '../shared/browser.ts';
import { make } from '../shared/dom.ts';
import { reasonText } from '../shared/i18n.ts';
import type { ChannelsReply, MyChannel } from '../shared/learning.ts';
import type { ClassifyFailure } from '../shared/messages.ts';
import type { Action } from '../shared/settings.ts';
import { storeAction } from './actions-field.ts';
import { actionOf } from './actions-of.ts';
import { actionNames, ChannelIndex, readableOf } from './channel-list.ts';
import { ChannelRow, type Progress, type RowHandlers } from './channel-row.ts';
import { byId, onPress, setText } from './dom.ts';
import type { KnownChannels } from './known-channels.ts';
import { learnAgain } from './learn-again.ts';
import { change, openChannel } from './learn-client.ts';
import type { Page } from './page.ts';
import { undoOffer } from './undo-offer.ts';

export const YOUTUBE = 'https://www.youtube.com/';
const SEARCHED_FROM = 12; // channels, from which on there is a field to search them
const CHUNK = 15; // rows that are added when the end of those that are there comes into view
const UNDO_MS = 10_000;

/** The line in the place of a channel that was just forgotten: before the row of `next`. */
interface Forgotten {
  readonly line: HTMLLIElement;
  readonly next: string | null;
}

interface Learning {
  readonly progress: Progress;
  readonly stop: AbortController;
}

export class MyChannels {
  readonly #list = byId('channels', HTMLUListElement);
  readonly #search = byId('search', HTMLInputElement);
  readonly #end = byId('channels-end', HTMLElement);
  readonly #watcher = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting === true && this.#addRows(), {
    root: byId('channels-box', HTMLElement),
    rootMargin: '400px',
  });
  readonly #rows = new Map<string, ChannelRow>();
  #index = new ChannelIndex([], 'en');
  /** What rows and index were made of. */
  #reply: ChannelsReply | null = null;
  #page: Page | null = null;
  #language = '';
  #most = CHUNK;
  #forgotten: Forgotten | null = null;
  #learning: Learning | null = null;
  #trained: ReadonlyMap<string, string> = new Map();

  /** `fromPictures` learns more of a channel that has no page. */
  constructor(private readonly known: KnownChannels, private readonly fromPictures: (name: string) => void) {
    this.#search.addEventListener('input', () => {
      this.#most = CHUNK;
      this.#draw();
    });
    this.#watcher.observe(this.#end);
    onPress(byId('open-youtube', HTMLElement), () => void openTab(YOUTUBE));
    onPress(byId('learn-all-again', HTMLElement), () => this.#learnAllAgain());
  }

  /** `trained`: the model's names for its channels, by all that a channel may be known by. */
  render(page: Page, trained: ReadonlyMap<string, string>): void {
    const { reply } = this.known;
    this.#trained = trained;
    if (page.language !== this.#language) {
      this.#rows.clear();
      this.#list.replaceChildren();
    }
    if (reply?.ok === true && (reply !== this.#reply || page.language !== this.#language)) {
      this.#index = new ChannelIndex(reply.channels, page.language);
      this.#reply = reply;
    }
    this.#language = page.language;
    this.#page = page;
    byId('channels-problem', HTMLElement).textContent = reply?.ok === false ? reasonText(reply, page.t) : '';
    this.#draw();
  }

  #draw(): void {
    if (this.#page === null || this.#reply === null) {
      return;
    }
    const { channels, canLearn } = this.#reply;
    const { t } = this.#page;
    byId('cannot-learn', HTMLElement).hidden = canLearn;
    byId('learn-actions', HTMLElement).hidden = !canLearn;
    const searched = channels.length >= SEARCHED_FROM;
    byId('channels-search', HTMLElement).hidden = !searched;
    this.#search.placeholder = t('options_channels_search');
    const search = searched ? this.#search.value.trim() : '';
    const found = this.#index.find(search);
    const counts = [String(found.length), String(channels.length)];
    setText(byId('channels-count', HTMLElement), search === '' ? '' : t('options_channels_count', counts));
    byId('channels-empty', HTMLElement).hidden = channels.length > 0;
    byId('channels-none', HTMLElement).textContent = t('reason_no_channels');
    this.#drawStale(this.#page);
    this.#place(found.slice(0, this.#most), this.#page);
  }

  /** How many there are to learn again is said above the list, where they may be far down. */
  #drawStale({ t }: Page): void {
    const stale = this.#stale();
    byId('channels-stale', HTMLElement).hidden = stale.length < 2 && this.#learning === null;
    byId('channels-stale-text', HTMLElement).textContent = t('options_stale_all', [String(stale.length)]);
    byId('learn-all-again', HTMLElement).textContent = t(this.#learning === null ? 'options_learn_all_again' : 'options_cancel');
  }

  /** Leaves rows that stay where they are: whoever is in one stays there. */
  #place(channels: readonly MyChannel[], page: Page): void {
    const elements = channels.map((channel) => this.#row(channel, page).element);
    if (this.#forgotten !== null) {
      const next = elements.findIndex(({ dataset }) => dataset['key'] === this.#forgotten?.next);
      elements.splice(next === -1 ? elements.length : next, 0, this.#forgotten.line);
    }
    const wanted = new Set<Element>(elements);
    [...this.#list.children].filter((child) => !wanted.has(child)).forEach((child) => child.remove());
    elements.forEach((element, i) => {
      if (this.#list.children[i] !== element) {
        this.#list.insertBefore(element, this.#list.children[i] ?? null);
      }
    });
  }

  #row(channel: MyChannel, page: Page): ChannelRow {
    const key = `${channel.source} ${channel.key}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = new ChannelRow(channel, page, this.#handlers);
      this.#rows.set(key, row);
    }
    row.update(channel, actionOf(page.settings.actions, this.#namesOf(channel)), this.#learning?.progress ?? null);
    return row;
  }

  /** Looks anew where the end is: who scrolls on at once never leaves it, and the watcher tells only changes. */
  #addRows(): void {
    if (this.#reply !== null && this.#most < this.#reply.channels.length) {
      this.#most += CHUNK;
      this.#draw();
      this.#watcher.unobserve(this.#end);
      this.#watcher.observe(this.#end);
    }
  }

  readonly #handlers: RowHandlers = {
    act: (channel, action) => void storeAction(this.#namesOf(channel), action),
    rename: (channel, name) => this.#rename(channel, name),
    learnMore: (channel) => this.#learnMore(channel),
    forget: (channel) => this.#forget(channel),
    learnAgain: (channel) => void this.#learnAgain([channel]),
    cancel: () => this.#learning?.stop.abort(),
  };

  #namesOf(channel: MyChannel): readonly string[] {
    return actionNames(channel, this.#trained);
  }

  #stale(): readonly MyChannel[] {
    return this.#reply?.channels.filter(({ stale, examples }) => stale && readableOf(examples).videos.length > 0) ?? [];
  }

  async #rename(channel: MyChannel, name: string): Promise<ClassifyFailure | null> {
    const reply = await change({ type: 'rename-channel', key: channel.key, name });
    if (reply.ok) {
      await this.known.refresh();
    }
    return reply.ok ? null : reply;
  }

  #actionOf(channel: MyChannel): Action | '' {
    return this.#page === null ? '' : actionOf(this.#page.settings.actions, this.#namesOf(channel));
  }

  async #learnMore(channel: MyChannel): Promise<ClassifyFailure | null> {
    const { id, handle, name } = channel;
    if (id === '' && handle === '') {
      this.fromPictures(name);
      return null;
    }
    const reply = await openChannel({ id, handle, name });
    return reply.ok ? null : reply;
  }

  /** What was chosen for it goes too, and comes back with it. */
  async #forget(channel: MyChannel): Promise<ClassifyFailure | null> {
    const reply = await change({ type: 'forget-channel', key: channel.key });
    if (!reply.ok) {
      return reply;
    }
    const action = this.#actionOf(channel);
    const row = this.#row(channel, this.#page!);
    const focused = row.element.contains(document.activeElement);
    if (channel.source === 'learnt' && action !== '') {
      await storeAction([channel.key], '');
    }
    this.#offerUndo(channel, reply.change, action, row);
    await this.known.refresh();
    if (focused) {
      this.#forgotten?.line.querySelector('button')?.focus();
    }
    return null;
  }

  #offerUndo(channel: MyChannel, token: string, action: Action | '', row: ChannelRow): void {
    const said = this.#page!.t('options_forgotten', [channel.name]);
    const back = async (): Promise<void> => {
      await storeAction(this.#namesOf(channel), action);
      this.#forgotten = null;
      await this.known.refresh();
      this.#row(channel, this.#page!).focus('forget');
    };
    const [text, button] = undoOffer(said, token, this.#page!, back);
    text.role = 'status';
    const line = make('li', 'forgotten', text, button);
    const next = row.element.nextElementSibling instanceof HTMLElement ? (row.element.nextElementSibling.dataset['key'] ?? null) : null;
    const forgotten = { line, next };
    this.#forgotten = forgotten;
    setTimeout(() => this.#forgotten === forgotten && this.#endUndo(forgotten), UNDO_MS);
  }

  /** Whoever is still at the button goes on at the next row. */
  #endUndo({ line, next }: Forgotten): void {
    const focused = line.contains(document.activeElement);
    this.#forgotten = null;
    this.#draw();
    if (focused) {
      const row = next === null ? this.#list.lastElementChild : this.#list.querySelector(`[data-key="${CSS.escape(next)}"]`);
      (row?.querySelector<HTMLElement>('select, button') ?? byId('learn-pictures', HTMLElement)).focus();
    }
  }

  async #learnAllAgain(): Promise<void> {
    if (this.#learning === null) {
      await this.#learnAgain(this.#stale());
    } else {
      this.#learning.stop.abort();
    }
  }

  /** One after another; what went wrong with one does not keep the others. */
  async #learnAgain(channels: readonly MyChannel[]): Promise<void> {
    if (this.#learning !== null) {
      return;
    }
    const stop = new AbortController();
    const said: string[] = [];
    for (const channel of channels) {
      if (!stop.signal.aborted) {
        said.push(await this.#learnOneAgain(channel, stop));
      }
    }
    this.#learning = null;
    byId('channels-said', HTMLElement).textContent = said.join(' ');
    await this.known.refresh();
  }

  async #learnOneAgain(channel: MyChannel, stop: AbortController): Promise<string> {
    const { t } = this.#page!;
    const of = readableOf(channel.examples).videos.length;
    const show = (done: number): void => {
      this.#learning = { progress: { key: channel.key, done, of }, stop };
      this.#draw();
    };
    show(0);
    const { count, reply } = await learnAgain(channel, send, stop.signal, show);
    await this.known.refresh();
    return reply.ok
      ? t('options_learnt_again', [channel.name, String(count)])
      : t('options_not_learnt_again', [channel.name, reasonText(reply, t)]);
  }
}
