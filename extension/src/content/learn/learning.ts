/** Learning on a channel's page of YouTube: the button beside *Subscribe*, and the panel that it opens. */

import { Flow } from '../../learn/flow.ts';
import { LEARN_CSS } from '../../learn/learn.css.ts';
import { Panel } from '../../learn/panel.ts';
import { videoPictures } from '../../learn/pictures.ts';
import { browserLanguage, isAlive, isPrivateWindow, onQuestion, send } from '../../shared/browser.ts';
import { languageOf, localiser } from '../../shared/i18n.ts';
import { isObject, messageOf } from '../../shared/messages.ts';
import type { Settings } from '../../shared/settings.ts';
import { listen } from '../../shared/trusted-events.ts';
import { SIZE_CSS } from '../badge/badge.css.ts';
import { heightOf, makeHost, makeTextSize, setTextSize } from '../badge/shadow-dom.ts';
import { ChannelPage } from '../detect/channel-page.ts';
import { ChannelVideos } from '../detect/channel-videos.ts';
import { focused, LEARN_CONTROLS_HOST, LEARN_HOST } from '../detect/stacking.ts';
import { isFocusEditable } from '../editable.ts';
import { Pill } from './pill.ts';

const LOOK_MS = 400; // from look to look at the page: it goes from channel to channel without any event to rely on

const HOST_CSS = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  z-index: 2147483647 !important;
  pointer-events: none !important;
}
`;

/** A panel that is open. */
interface Open {
  readonly panel: Panel;
  readonly flow: Flow;
  readonly videos: ChannelVideos;
  readonly path: string;
}

export class Learning {
  readonly #running = new AbortController();
  readonly #page = new ChannelPage();
  readonly #pill: Pill;
  #open: Open | null = null;
  #frame = 0;

  constructor(private readonly settings: () => Settings) {
    const { signal } = this.#running;
    this.#pill = new Pill([this.#localise()('learn_pill'), this.#localise()('learn_learn')], () => this.open(), signal);
    onQuestion((message) => this.#answer(message), signal);
    const timer = setInterval(() => this.#look(), LOOK_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
    listen(window, 'resize', () => this.#look(), { passive: true, signal });
    listen(document, 'scroll', () => this.#gatherSoon(), { capture: true, passive: true, signal });
    listen(window, 'keydown', (event) => this.#press(event), { capture: true, signal });
    this.#look();
    void this.#begin();
  }

  /** Leaves the page as if nothing had been there. */
  stop(): void {
    this.#open?.panel.close();
    this.#running.abort();
    cancelAnimationFrame(this.#frame);
  }

  /** Opens the panel for the channel of the page, where it is one's page. */
  open(): void {
    const [path, channel] = [this.#page.path(), this.#page.identity()];
    if (this.#open !== null || path === null || channel === null || !isAlive()) {
      return;
    }
    const before = focused();
    const flow = new Flow({ channel, ask: send, isPrivate: isPrivateWindow() });
    const panel = this.#makePanel(flow, before);
    this.#open = { panel, flow, videos: new ChannelVideos(channel), path };
    panel.focus();
    this.#gather();
    void flow.start();
  }

  #makePanel(flow: Flow, before: Element | null): Panel {
    const language = languageOf(this.settings().language, browserLanguage());
    const [says, takes] = [makeHost(LEARN_HOST, HOST_CSS + LEARN_CSS + SIZE_CSS), makeHost(LEARN_CONTROLS_HOST, HOST_CSS + LEARN_CSS)];
    const scrolled = { x: scrollX, y: scrollY };
    const closed = (): void => {
      says.host.remove();
      takes.host.remove();
      this.#open = null;
      this.#leave(before, scrolled);
    };
    const loadMore = (): void => scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
    const options = { flow, language, localise: localiser(language), pictures: videoPictures(send), loadMore, closed };
    const panel = new Panel(options);
    panel.says.prepend(makeTextSize());
    says.root.append(panel.says);
    takes.root.append(panel.takes);
    document.documentElement.append(says.host, takes.host);
    setTextSize(panel.says, heightOf(panel.says));
    return panel;
  }

  /** The page is where it was, and the keyboard too. */
  #leave(before: Element | null, scrolled: { readonly x: number; readonly y: number }): void {
    scrollTo({ left: scrolled.x, top: scrolled.y, behavior: 'instant' });
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  }

  /** Whether the extension's own page sent the person here to learn this channel. */
  async #begin(): Promise<void> {
    try {
      const reply = await send({ type: 'learn-begin' });
      if (isObject(reply) && reply['ok'] === true && reply['open'] === true && !this.#running.signal.aborted) {
        this.open();
      }
    } catch (error) {
      console.warn(`Thumbprint: learn-begin was not heard: ${messageOf(error)}`);
    }
  }

  /** What the icon's window asks: which channel the page is of, and to open the panel. */
  #answer(message: unknown): unknown {
    const type = isObject(message) ? message['type'] : undefined;
    if (type === 'learn-which') {
      return { channel: this.#page.identity() };
    }
    if (type === 'learn-open') {
      this.open();
      return { ok: true };
    }
    return undefined;
  }

  /** Esc closes the panel, also where a person has pressed beside it; Tab leads from *Subscribe* to our button. */
  #press(event: KeyboardEvent): void {
    const isEscape = event.key === 'Escape' && this.#open !== null && !isFocusEditable();
    if (isEscape) {
      this.#open?.panel.close();
    }
    if (isEscape || (event.key === 'Tab' && !event.shiftKey && this.#open === null && this.#pill.enter())) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  #look(): void {
    if (!isAlive()) {
      this.stop(); // the extension was reloaded and this script is left behind
      return;
    }
    const path = this.#page.path();
    if (this.#open !== null && path !== this.#open.path) {
      this.#open.panel.close(); // of another channel than the page is
    }
    this.#gather();
    if (path === null) {
      this.#pill.remove();
    } else if (document.visibilityState === 'visible' && this.#open === null) {
      this.#pill.follow();
    }
  }

  #gatherSoon(): void {
    if (this.#open !== null) {
      this.#frame ||= requestAnimationFrame(() => {
        this.#frame = 0;
        this.#gather();
      });
    }
  }

  /** Takes what thumbnails there are into the panel, a slice at a time. */
  #gather(): void {
    const open = this.#open;
    if (open !== null && open.flow.state.step === 'choose') {
      const isAll = open.videos.look();
      open.flow.offer(open.videos.ids);
      if (!isAll) {
        this.#gatherSoon();
      }
    }
  }

  #localise(): ReturnType<typeof localiser> {
    return localiser(languageOf(this.settings().language, browserLanguage()));
  }
}
