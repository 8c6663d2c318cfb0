/** The time during which a page is watched: from the pointer, the focus and the keys to the badge. */

import { HeatmapToggle, type HeatmapState } from '../heatmap/toggle.ts';
import { browserLanguage, isAlive, onMessage } from '../shared/browser.ts';
import { languageOf, localiser } from '../shared/i18n.ts';
import type { ClassifyReply, ClassifyResult } from '../shared/messages.ts';
import { changeSettings, loadSettings } from '../shared/settings-store.ts';
import type { Settings } from '../shared/settings.ts';
import { withSite } from '../shared/sites.ts';
import { classify, requestHeatmap, prefetch, notify, openChannel, refusal } from './background-client.ts';
import { Badge } from './badge/badge.ts';
import { measureCard, type CardLayout } from './badge/card-layout.ts';
import { makeCardControls, makeCardContent } from './badge/card.ts';
import { channelOf } from './badge/corrections.ts';
import { makeNoChannelsCard } from './badge/no-channels-card.ts';
import { makeQuestionCard } from './badge/question-card.ts';
import type { HeatmapControls } from './badge/heatmap-controls.ts';
import { HeatmapLayer } from './badge/heatmap-layer.ts';
import { heightOf } from './badge/shadow-dom.ts';
import { cardRangeOf, type Locale, toCardView, toBadgeView, toHeatmapView } from './badge/view-model.ts';
import type { Consent } from './consent.ts';
import { Correcting } from './correcting.ts';
import { targetOfFocus } from './detect/focus-target.ts';
import { isShort } from './detect/shorts.ts';
import { focused, holds } from './detect/stacking.ts';
import { coverCost, type Target, targetAt } from './detect/target.ts';
import { uploaderOf } from './detect/uploader.ts';
import { areaOf } from './detect/visible-area.ts';
import { isFocusEditable } from './editable.ts';
import { Hover } from './hover.ts';
import { hasCard, REST_SHARE } from './hover-visit.ts';
import { watchFocus, watchImage, watchKeys } from './page-events.ts';
import { Pointer } from './pointer.ts';
import { type NoChannels, type Question, QUESTION } from './question.ts';
import type { Point } from './rest.ts';
import type { Seen } from './seen.ts';
import { hostOfTab } from './site.ts';
import { watchForThumbnails } from './warm-up.ts';

export class Session {
  readonly #running = new AbortController();
  readonly #badge = new Badge();
  readonly #hover: Hover<Target>;
  readonly #pointer: Pointer;
  readonly #correcting = new Correcting({
    hover: () => this.#hover,
    locale: () => this.#locale(),
    expand: (card, { image }) =>
      this.#badge.expand(card, this.#locale().language, image, (box) => coverCost(box, this.settings().anyPicture), true),
    announce: (text) => this.#badge.announce(text),
  });
  #watching = new AbortController();
  #watched: Target | null = null;
  #heatmapToggle: HeatmapToggle | null = null;
  #cardLayout: CardLayout | null = null;
  /** Where the pointer was at the last look, or when the focus came. */
  #point: Point | null = null;
  /** Where a person's key brought the focus: only there does it count. */
  #reached: Element | null = null;

  /** Watches the page until `stop`; settings are read whenever they matter. */
  constructor(
    private readonly settings: () => Settings,
    private readonly consent: Consent,
    /** Takes the cover off a thumbnail, where the whole page is looked at; else null. */
    private readonly uncover: () => ((url: string) => void) | null,
    private readonly seen: Seen,
  ) {
    const { signal } = this.#running;
    const actions = {
      classify: (url: string, asking: AbortSignal, target: Target) => this.#classify(url, asking, target),
      prefetch: (url: string, asking: AbortSignal, target: Target) =>
        consent.decide(target) === 'yes' && !isShort(target.image, url) ? prefetch(url, asking) : undefined,
      show: (target: Target, reply: ClassifyReply | Question | null) => this.#show(target, reply),
      expand: (target: Target, reply: ClassifyResult | Question | NoChannels, requested: boolean) =>
        reply.ok ? this.#expand(target, reply, requested) : this.#expandOther(target, reply, requested),
      hide: () => this.#hide(),
    };
    this.#hover = new Hover(actions, () => settings().dwellMs);
    const sight = {
      state: (point: Point) => this.#stateAt(point),
      look: () => this.#look(),
      restMs: () => this.#restMs(),
    };
    this.#pointer = new Pointer(sight, signal);
    watchForThumbnails(() => notify({ type: 'warm-up' }), signal);
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

  /** A small question for every frame: whether the pointer is still where the thumbnail or its card is. */
  #stateAt(point: Point): 'idle' | 'held' | 'lost' {
    const { target } = this.#hover;
    if (target === null) {
      return 'idle';
    }
    const isOnTarget = this.#reached === null && holds(target.image.getBoundingClientRect(), point.x, point.y);
    return isOnTarget || this.#isOnCard(point) ? 'held' : 'lost';
  }

  #look(): void {
    const { point } = this.#pointer;
    const moved = point?.x !== this.#point?.x || point?.y !== this.#point?.y;
    this.#point = point;
    this.#reached = moved ? null : this.#reached;
    this.#check(this.#pointer.restingMs);
  }

  #focus(isReached: boolean): void {
    if (this.#badge.hasFocus) {
      return;
    }
    if (isReached && targetOfFocus(this.settings().anyPicture) !== null) {
      this.#reach();
      this.#check(0);
    } else if (this.#reached !== null) {
      this.#reached = null;
      this.#pointer.recheck(); // later: the focus may be on its way into the card
    }
  }

  /** Notes that a person's key brought the focus where it is now: it counts until the pointer moves. */
  #reach(): void {
    this.#reached = focused();
    this.#point = this.#pointer.point;
  }

  /**
   * Esc hides what is shown; Alt and the down arrow open the card, but not from where a person writes. With true as the
   * answer the page hears nothing of the key: only while a card is open, and it may be meant for that.
   */
  #press(event: KeyboardEvent): boolean {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    const isOpen = this.#hover.isExpanded;
    const isField = !this.#badge.hasFocus && isFocusEditable();
    if (this.#badge.hasFocus && this.#correcting.press(event)) {
      return true;
    }
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
      this.#reach();
    }
    this.#check(Infinity); // a key is as good as a rest
    this.#hover.openCard();
    return this.#hover.target !== null;
  }

  #check(restedMs: number): void {
    if (!isAlive()) {
      this.stop(); // the extension was reloaded and this script is left behind: the page must not notice
      return;
    }
    const { point } = this.#pointer;
    if (this.#badge.hasFocus || (point !== null && this.#isOnCard(point))) {
      this.#hover.keep();
    } else if (this.#isReached()) {
      this.#hover.point(this.consent.permitted(targetOfFocus(this.settings().anyPicture)), false);
    } else {
      const target = point === null ? null : this.#targetAt(point, restedMs);
      this.#hover.point(target, this.settings().opensCard, restedMs);
    }
    this.#watch(this.#hover.target);
  }

  /** The thumbnail at a point, where the pointer rests there, or has not left it. */
  #targetAt({ x, y }: Point, restedMs: number): Target | null {
    const target = this.consent.permitted(targetAt(x, y, this.settings().anyPicture));
    const isNew = target?.image !== this.#hover.target?.image;
    return isNew && restedMs < this.#restMs() ? null : target;
  }

  #restMs(): number {
    return this.settings().dwellMs * REST_SHARE;
  }

  #isOnCard({ x, y }: Point): boolean {
    return this.#badge.isAt(x, y);
  }

  /** Whether the focus is still where a person brought it: a page may move it on. */
  #isReached(): boolean {
    this.#reached = this.#reached === focused() ? this.#reached : null;
    return this.#reached !== null;
  }

  /** Of a Short's picture nothing is asked, of another site's only what the person allows. */
  #classify(url: string, asking: AbortSignal, target: Target): Promise<ClassifyReply | Question> {
    if (isShort(target.image, url)) {
      return refusal('short');
    }
    return this.consent.decide(target) === 'yes' ? classify(url, asking) : Promise.resolve(QUESTION);
  }

  #watch(target: Target | null): void {
    if (target !== this.#watched) {
      this.#watched = target;
      this.#watching.abort();
      this.#watching = new AbortController();
      if (target !== null) {
        notify({ type: 'warm-up' }); // the browser may have ended the background: it starts while the pointer rests
        this.#badge.attach(target.image);
        watchImage(target.image, () => this.#pointer.recheck(), this.#watching.signal);
      }
    }
    if (target !== null) {
      this.#badge.follow(target.image);
    }
  }

  #show({ image, url }: Target, reply: ClassifyReply | Question | null): void {
    if (!isAlive()) {
      this.stop();
      return;
    }
    const locale = this.#locale();
    const uploader = uploaderOf(image);
    if (reply?.ok === true) {
      this.seen.note(url, reply, uploader);
    }
    const view = toBadgeView(reply, uploader, locale);
    const hint = this.#isReached() && reply !== null && hasCard(reply) ? ` ${locale.localise('card_hint')}` : '';
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
      showThumbnail: this.uncover() === null ? null : () => this.uncover()?.(url),
      correct: () => this.#correcting.start(target, reply, uploader),
      isCorrected: this.#correcting.isCorrected(target),
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
    this.#correcting.end();
    this.#heatmapToggle?.end();
    this.#heatmapToggle = toggle;
    this.#badge.expand(card, locale.language, image, (box) => coverCost(box, anyPicture), requested);
  }

  /** Asks whether YouTube may be asked, and then asks it; or says how to learn a channel, where none is known. */
  #expandOther(target: Target, { reason }: Question | NoChannels, requested: boolean): void {
    const { language, localise } = this.#locale();
    const { anyPicture } = this.settings();
    const channel = channelOf(uploaderOf(target.image));
    const actions = {
      learn: channel && { name: channel.name, press: () => openChannel(channel) },
      hideHere: () => void this.#hideHere(),
      leave: () => void this.#hover.dismiss(),
    };
    const card =
      reason === 'question' ? makeQuestionCard(this.consent.asking(target, this.#hover), localise) : makeNoChannelsCard(actions, localise);
    this.#badge.expand(card, language, target.image, (box) => coverCost(box, anyPicture), requested);
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
    this.#correcting.end();
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
}
