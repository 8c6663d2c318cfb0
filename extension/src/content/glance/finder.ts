/**
 * Finds what may show a thumbnail on a page, and says what of it comes into view and leaves it.
 *
 * The whole page is looked through once, in slices that leave the page its time; after that, only what is added to it or
 * changes. Pictures are watched by their kind alone, because lazy ones get their address late; other elements where they
 * have a background.
 */

import { shadowRootOf } from '../../shared/browser.ts';
import { imageUrlOf } from '../detect/image-url.ts';
import { listen } from '../../shared/trusted-events.ts';

const SLICE_MS = 4; // of the page's time at once
const MARGIN = '120px'; // around what is in view
const LATER_MS = 1000; // custom elements get their roots when their script has come: they are looked at again
const LOOKS = 4; // at most
const ATTRIBUTES = ['src', 'srcset', 'sizes', 'poster', 'href', 'style', 'class'];

/** Where a root can be (https://dom.spec.whatwg.org/#dom-element-attachshadow), besides custom elements. */
const ROOTED = 'article, aside, blockquote, body, div, footer, h1, h2, h3, h4, h5, h6, header, main, nav, p, section, span';

export interface FinderEvents {
  readonly entered: (element: Element) => void;
  readonly left: (element: Element) => void;
  /** Something of the page changed, and may have moved. */
  readonly changed: () => void;
  /** A picture is there that was not. */
  readonly loaded: () => void;
}

export class Finder {
  readonly #intersections: IntersectionObserver;
  readonly #mutations: MutationObserver;
  readonly #roots = new WeakSet<ShadowRoot>();
  readonly #watched = new WeakSet<Element>();
  readonly #waiting: Iterator<Element>[] = [];
  readonly #looks = new WeakMap<Element, number>();
  #rootless: Element[] = [];
  #later: ReturnType<typeof setTimeout> | undefined;
  #isScheduled = false;

  constructor(private readonly events: FinderEvents, private readonly signal: AbortSignal) {
    this.#intersections = new IntersectionObserver((entries) => this.#cross(entries), { rootMargin: MARGIN });
    this.#mutations = new MutationObserver((records) => this.#change(records));
    signal.addEventListener('abort', () => {
      this.#intersections.disconnect();
      this.#mutations.disconnect();
      this.#waiting.length = 0;
      clearTimeout(this.#later);
    });
  }

  start(): void {
    this.#watchRoot(document);
  }

  #watchRoot(root: Document | ShadowRoot): void {
    const { signal } = this;
    this.#mutations.observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ATTRIBUTES });
    listen(root, 'load', () => this.events.loaded(), { capture: true, passive: true, signal });
    this.#look(root);
  }

  /** Looks at an element, or a whole root, and all that is in it, as soon as the page has time. */
  #look(root: Node): void {
    this.#waiting.push(elementsIn(root));
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#isScheduled && this.#waiting.length > 0) {
      this.#isScheduled = true;
      requestIdleCallback(() => this.#slice(), { timeout: 200 });
    }
  }

  #slice(): void {
    this.#isScheduled = false;
    const end = performance.now() + SLICE_MS;
    while (this.#waiting[0] !== undefined && performance.now() < end) {
      const next: IteratorResult<Element, unknown> = this.#waiting[0].next();
      if (next.done === true) {
        this.#waiting.shift();
      } else if (next.value.isConnected) {
        this.#visit(next.value);
      }
    }
    this.#schedule();
  }

  #visit(element: Element): void {
    if (!this.#watched.has(element) && mayShow(element)) {
      this.#watched.add(element);
      this.#intersections.observe(element);
    }
    const isCustom = element.localName.includes('-');
    if (element instanceof HTMLElement && (isCustom || element.matches(ROOTED))) {
      const root = shadowRootOf(element);
      if (root !== null && !this.#roots.has(root)) {
        this.#roots.add(root);
        this.#watchRoot(root);
      } else if (root === null && isCustom) {
        this.#visitLater(element);
      }
    }
  }

  #visitLater(element: Element): void {
    const looks = (this.#looks.get(element) ?? 0) + 1;
    this.#looks.set(element, looks);
    if (looks < LOOKS) {
      this.#rootless.push(element);
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.#waiting.push(this.#rootless.values());
        this.#rootless = [];
        this.#schedule();
      }, LATER_MS);
    }
  }

  #cross(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      (isIntersecting ? this.events.entered : this.events.left)(target);
    }
  }

  #change(records: readonly MutationRecord[]): void {
    const changed = new Set<Element>();
    for (const { type, target, addedNodes } of records) {
      if (type === 'attributes') {
        changed.add(target as Element);
      }
      for (const node of addedNodes) {
        if (node instanceof Element) {
          this.#look(node);
        }
      }
    }
    if (changed.size > 0) {
      this.#waiting.push(changed.values());
      this.#schedule();
    }
    this.events.changed();
  }
}

function* elementsIn(root: Node): Generator<Element> {
  if (root instanceof Element) {
    yield root;
  }
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode() !== null) {
    yield walker.currentNode as Element;
  }
}

/** What may show a thumbnail later, whatever it shows now. */
const PICTURES = 'img, image, video, input[type="image"]';

/** Whether an element shows a thumbnail now, or is of a kind that may show one later. */
function mayShow(element: Element): boolean {
  return element.matches(PICTURES) || imageUrlOf(element, false) !== null;
}
