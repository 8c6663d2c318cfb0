/** The thumbnails in view: where each is, what is said of it, and its mark. */

import type { Localise } from '../../shared/i18n.ts';
import type { ClassifyReply } from '../../shared/messages.ts';
import type { Actions } from '../../shared/settings.ts';
import { isReplaced } from '../detect/covers.ts';
import { type Uploader, uploaderOf } from '../detect/uploader.ts';
import { nearestFirst, type Point } from './nearness.ts';
import { type Mark, Overlay } from './overlay.ts';
import { type Place, placeOf, type Surroundings, surroundingsOf } from './place.ts';
import { type MayFetch, thumbnailOf, videoOf } from './thumbnail.ts';
import { isOnUndo } from './undo-button.ts';
import { isCounted, isCovering, textOf, uncovered, type Verdict, verdictOf } from './verdict.ts';

/** An element in view that shows a thumbnail, or may show one later. */
interface Item {
  readonly element: Element;
  /** When it came into view, in ms. */
  readonly since: number;
  /** What decides about the address, as far as it is quickly read. */
  source: string | null;
  url: string | null;
  around: Surroundings | null;
  place: Place | null;
  verdict: Verdict | null;
  mark: Mark | null;
}

export interface ViewOptions {
  readonly answerFor: (url: string) => ClassifyReply | undefined;
  readonly actions: () => Actions;
  readonly localise: () => Localise;
  readonly mayFetch: MayFetch;
  /** Called with every answer, and who posted the video. */
  readonly seen: (url: string, reply: ClassifyReply, uploader: Uploader | null) => void;
}

export class View {
  readonly #overlay = new Overlay();
  readonly #items = new Map<Element, Item>();
  /** Everything on the page that the icon counts, also out of view. */
  readonly #counted = new Set<Element>();
  /** Videos that the person wants to see, and whether all of them. */
  readonly #shown = new Set<string>();
  #allShown = false;

  constructor(private readonly options: ViewOptions) {}

  enter(element: Element): void {
    if (!this.#items.has(element)) {
      this.#items.set(element, { element, since: performance.now(), source: null, url: null, around: null, place: null, verdict: null, mark: null });
    }
  }

  /** Gives the address of the thumbnail that left. */
  leave(element: Element): string | null {
    const item = this.#items.get(element);
    if (item !== undefined) {
      forgetMark(item);
      this.#items.delete(element);
    }
    return item?.url ?? null;
  }

  show(url: string): void {
    this.#shown.add(videoOf(url));
  }

  showAll(): void {
    this.#allShown = true;
  }

  remove(): void {
    this.#overlay.remove();
  }

  /** Has every mark made anew. */
  forgetMarks(): void {
    this.#items.forEach(forgetMark);
  }

  /** The addresses without an answer, from a point on. */
  wanted(point: Point): string[] {
    const waiting = [...this.#items.values()].filter(
      ({ url, place }) => url !== null && place !== null && this.options.answerFor(url) === undefined,
    );
    const now = performance.now();
    const ordered = nearestFirst(waiting, point, ({ place }) => place!.box, ({ since }) => now - since);
    return [...new Set(ordered.map(({ url }) => url!))];
  }

  /** The address of the covered thumbnail whose button is at a point. */
  coveredAt(x: number, y: number): string | null {
    for (const { element, url, place, verdict } of this.#items.values()) {
      if (verdict !== null && place !== null && isCovering(verdict) && isOnUndo(place.box, x, y) && !isReplaced(element)) {
        return url;
      }
    }
    return null;
  }

  /** How many thumbnails are marked or covered. */
  count(): number {
    return this.#counted.size;
  }

  /**
   * Draws everything where it is now. First all is read, then all is written: the page is laid out once. `thorough`: also
   * what changes rarely.
   */
  draw(thorough: boolean): void {
    this.#overlay.attach();
    const origin = this.#overlay.origin();
    for (const item of this.#items.values()) {
      this.#read(item, thorough);
    }
    for (const { mark, place } of this.#items.values()) {
      if (mark !== null && place === null) {
        this.#overlay.hide(mark);
      }
    }
    for (const item of this.#items.values()) {
      this.#write(item, origin);
    }
    if (thorough) {
      this.#counted.forEach((element) => element.isConnected || this.#counted.delete(element));
    }
  }

  #read(item: Item, thorough: boolean): void {
    const { element } = item;
    const source = sourceOf(element);
    const url = thorough || source === null || source !== item.source ? thumbnailOf(element, this.options.mayFetch) : item.url;
    const isNew = url !== item.url;
    item.source = source;
    item.url = url;
    if (url === null) {
      this.#judge(item, null);
      item.place = null;
      return;
    }
    const isMovedOnly = !thorough && !isNew && item.around !== null;
    item.around = isMovedOnly ? item.around! : surroundingsOf(element);
    item.place = placeOf(element, item.around, isMovedOnly ? item.place : null);
    const reply = this.options.answerFor(url);
    if (thorough || isNew || item.verdict === null) {
      const isShown = this.#allShown || this.#shown.has(videoOf(url));
      const uploader = reply?.ok === true ? uploaderOf(element) : null;
      const verdict = reply?.ok === true ? verdictOf(reply, uploader, this.options.actions()) : null;
      if (reply !== undefined) {
        this.options.seen(url, reply, uploader);
      }
      this.#judge(item, verdict !== null && isShown ? uncovered(verdict) : verdict);
    }
  }

  #judge(item: Item, verdict: Verdict | null): void {
    if (JSON.stringify(verdict) !== JSON.stringify(item.verdict)) {
      forgetMark(item);
      item.verdict = verdict;
    }
    if (verdict !== null && isCounted(verdict)) {
      this.#counted.add(item.element);
    } else {
      this.#counted.delete(item.element);
    }
  }

  #write(item: Item, origin: ReturnType<Overlay['origin']>): void {
    const { verdict, place, around } = item;
    if (verdict !== null && place !== null && around !== null) {
      item.mark ??= this.#overlay.make({ verdict, text: textOf(verdict, this.options.localise()) }, place);
      this.#overlay.lay(item.mark, place, around, origin);
    }
  }
}

/** The address of an image; null for others, whose pictures are in their styles. */
function sourceOf(element: Element): string | null {
  return element instanceof HTMLImageElement ? element.currentSrc || element.src : null;
}

function forgetMark(item: Item): void {
  item.mark?.element.remove();
  item.mark = null;
}
