/** The time during which a page is watched: from the pointer, the focus and the keys to the badge. */

import { HeatmapToggle, type HeatmapState } from '../heatmap/toggle.ts';
import { browserLanguage, isAlive, onMessage } from '../shared/browser.ts';
import { languageOf, localiser } from '../shared/i18n.ts';
import type { ClassifyReply, ClassifyResult } from '../shared/messages.ts';
import { changeSettings, loadSettings } from '../shared/settings-store.ts';
import type { Settings } from '../shared/settings.ts';
import { withSite } from '../shared/sites.ts';
import { classify, requestHeatmap, prefetch, notify } from './background-client.ts';
import { Badge } from './badge/badge.ts';
import { measureCard, type CardLayout } from './badge/card-layout.ts';
import { makeCardControls, makeCardContent } from './badge/card.ts';
import type { HeatmapControls } from './badge/heatmap-controls.ts';
import { HeatmapLayer } from './badge/heatmap-layer.ts';
import { heightOf } from './badge/shadow-dom.ts';
import { cardRangeOf, type Locale, toCardView, toBadgeView, toHeatmapView } from './badge/view-model.ts';
import { targetOfFocus } from './detect/focus-target.ts';
import { focused } from './detect/stacking.ts';
import { coverCost, hasThumbnails, type Target, targetAt } from './detect/target.ts';
import { uploaderOf } from './detect/uploader.ts';
import { areaOf } from './detect/visible-area.ts';
import { isFocusEditable } from './editable.ts';
import type { Glance } from './glance/glance.ts';
import { Hover } from './hover.ts';
import { type Point, watchFocus, watchImage, watchKeys, watchPointer } from './page-events.ts';
import { hostOfTab } from './site.ts';

const LOOK_MS = 1000; // between two searches of the whole page for thumbnails

export class Session {
  readonly #running = new AbortController();
  readonly #badge = new Badge();
  readonly #hover: Hover<Target>;
  readonly #recheck: () => void;
  #watching = new AbortController();
  #watched: Target | null = null;
  #heatmapToggle: HeatmapToggle | null = null;
  #cardLayout: CardLayout | null = null;
  #point: Point | null = null;
  /** Where a person's key brought the focus: only there does it count. */
  #reached: Element | null = null;
  #warm = false;
  #nextLook = 0;

  /** Watches the page until `stop`; settings are read whenever they matter. */
  constructor(private readonly settings: () => Settings, private readonly glance: () => Pick<Glance, 'show'> | null) {
    const { signal } = this.#running;
    const actions = {
      classify,
      prefetch,
      show: (target: Target, reply: ClassifyReply | null) => this.#show(target, reply),
      expand: (target: Target, reply: ClassifyResult, requested: boolean) => this.#expand(target, reply, requested),
      hide: () => this.#hide(),
    };
    this.#hover = new Hover(actions, () => settings().dwellMs);
    this.#recheck = watchPointer((point) => this.#move(point), signal);
    watchFocus((focused) => this.#focus(focused), signal);
    watchKeys((event) => this.#press(event), signal);
    onMessage((message) => this.#onMessage(message), signal);
  }

  /** Leaves the page as if nothing had been there. */
  stop(): void {
    this.#running.abort();
    this.#watching.abort();
    this.#hover.end();
    this.#badge.remove();
  }

  #move(point: Point | null): void {
    const moved = point?.x !== this.#point?.x || point?.y !== this.#point?.y;
    this.#point = point;
    this.#reached = moved ? null : this.#reached;
    this.#warmUp();
    this.#check();
  }

  #focus(isReached: boolean): void {
    if (this.#badge.hasFocus) {
      return;
    }
    if (isReached && targetOfFocus(this.settings().anyPicture) !== null) {
      this.#reached = focused();
      this.#check();
    } else if (this.#reached !== null) {
      this.#reached = null;
      this.#recheck(); // later: the focus may be on its way into the card
    }
  }

  /**
   * Esc hides what is shown; Alt and the down arrow open the card, but not from where a person writes. With true as the
   * answer the page hears nothing of the key: only while a card is open, and it may be meant for that.
   */
  #press({ key, altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean {
    const isOpen = this.#hover.isExpanded;
    const isField = !this.#badge.hasFocus && isFocusEditable();
    if (key === 'Escape') {
      return this.#hover.dismiss() && isOpen && !isField;
    }
    const opens = key === 'ArrowDown' && altKey && !ctrlKey && !metaKey && !shiftKey && !isField;
    return opens && this.#openCard() && isOpen;
  }

  #onMessage(message: unknown): void {
    if ((message as { type?: unknown } | null)?.type === 'classify-focused') {
      this.#openCard();
    }
  }

  /** Opens the card of the focused thumbnail, else of the one under the pointer. */
  #openCard(): boolean {
    if (!this.#badge.hasFocus && targetOfFocus(this.settings().anyPicture) !== null) {
      this.#reached = focused();
    }
    this.#check();
    this.#hover.openCard();
    return this.#hover.target !== null;
  }

  #check(): void {
    if (!isAlive()) {
      this.stop(); // the extension was reloaded and this script is left behind: the page must not notice
      return;
    }
    const { anyPicture } = this.settings();
    if (this.#isOnCard()) {
      this.#hover.keep();
    } else if (this.#isReached()) {
      this.#hover.point(targetOfFocus(anyPicture), false);
    } else {
      this.#hover.point(this.#point === null ? null : targetAt(this.#point.x, this.#point.y, anyPicture));
    }
    this.#watch(this.#hover.target);
  }

  #isOnCard(): boolean {
    return this.#badge.hasFocus || (this.#point !== null && this.#badge.isAt(this.#point.x, this.#point.y));
  }

  /** Whether the focus is still where a person brought it: a page may move it on. */
  #isReached(): boolean {
    this.#reached = this.#reached === focused() ? this.#reached : null;
    return this.#reached !== null;
  }

  #watch(target: Target | null): void {
    if (target !== this.#watched) {
      this.#watched = target;
      this.#watching.abort();
      this.#watching = new AbortController();
      if (target !== null) {
        notify({ type: 'warm-up' }); // the browser may have ended the background: it starts while the pointer rests
        this.#badge.attach(target.image);
        watchImage(target.image, this.#recheck, this.#watching.signal);
      }
    }
    if (target !== null) {
      this.#badge.follow(target.image);
    }
  }

  #show({ image }: Target, reply: ClassifyReply | null): void {
    if (!isAlive()) {
      this.stop();
      return;
    }
    const locale = this.#locale();
    const view = toBadgeView(reply, uploaderOf(image), locale);
    const hint = this.#isReached() && reply?.ok === true ? ` ${locale.localise('card_hint')}` : '';
    this.#badge.show(view, image, reply === null ? '' : view.text + hint);
  }

  #expand(target: Target, reply: ClassifyResult, requested: boolean): void {
    const { image, url } = target;
    const locale = this.#locale();
    const { anyPicture, server } = this.settings();
    const uploader = uploaderOf(image);
    const range = cardRangeOf(reply, uploader, locale);
    const toggle = new HeatmapToggle(
      (signal) => requestHeatmap(url, reply.channel.name, signal),
      (state) => this.#showHeatmap(target, reply, controls.heatmap, state),
    );
    const actions = {
      toggleHeatmap: () => toggle.toggle(),
      details: () => notify({ type: 'explain', url }),
      report: server === '' ? null : () => notify({ type: 'report' }),
      // Whatever the answer, where thumbnails may be covered: the page learns nothing by it.
      showThumbnail: this.glance() === null ? null : () => this.glance()?.show(url),
      hideHere: () => void this.#hideHere(),
      leave: () => void this.#hover.dismiss(),
    };
    const controls = makeCardControls(actions, locale.localise);
    const card = {
      controls,
      measure: (pane: HTMLElement, most: number) =>
        (this.#cardLayout = measureCard(pane, range, most, locale.localise)),
      makeContent: (layout: CardLayout) =>
        makeCardContent(toCardView(reply, uploader, locale, layout.bars), controls.heatmap, layout),
    };
    this.#heatmapToggle?.end();
    this.#heatmapToggle = toggle;
    this.#badge.expand(card, locale.language, image, (box) => coverCost(box, anyPicture), requested);
  }

  /** Says in the card what is known of the heatmap, and lays it over the thumbnail while that is shown. */
  #showHeatmap({ image, url }: Target, reply: ClassifyResult, controls: HeatmapControls, state: HeatmapState): void {
    const { anyPicture } = this.settings();
    const isHeatmap = typeof state === 'object' && state.ok;
    controls.show(toHeatmapView(state, reply, uploaderOf(image), this.#locale()));
    const room = isHeatmap ? this.#cardLayout?.heatmap : undefined;
    this.#badge.resizeCard(image, room ?? heightOf(controls.section));
    this.#badge.showHeatmap(isHeatmap ? new HeatmapLayer(state, () => areaOf(image, url, state, anyPicture)) : null);
  }

  #hide(): void {
    this.#heatmapToggle?.end();
    this.#heatmapToggle = null;
    this.#badge.hide();
  }

  async #hideHere(): Promise<void> {
    const { disabledSites } = await loadSettings();
    await changeSettings({ disabledSites: withSite(disabledSites, hostOfTab(), true) });
  }

  #locale(): Locale {
    const language = languageOf(this.settings().language, browserLanguage());
    return { language, localise: localiser(language) };
  }

  /** The model is loaded while the pointer is still on its way. */
  #warmUp(): void {
    const now = performance.now();
    if (!this.#warm && now >= this.#nextLook) {
      this.#nextLook = now + LOOK_MS;
      this.#warm = hasThumbnails();
      if (this.#warm) {
        notify({ type: 'warm-up' });
      }
    }
  }
}
