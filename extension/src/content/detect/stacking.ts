/** What lies above and below each other at a point of the page, also through shadow roots. */

import { shadowRootOf } from '../../shared/browser.ts';

import type { Rectangle } from '../../shared/geometry.ts';

/** The elements that hold what is added to a page: what is to be seen, and what can be pressed. */
export const BADGE_HOST = 'thumbprint-badge';
export const CONTROLS_HOST = 'thumbprint-card';
export const GLANCE_HOST = 'thumbprint-glance';
/** Of learning a channel: the button on its page, and the two layers of the panel. */
export const PILL_HOST = 'thumbprint-pill';
export const LEARN_HOST = 'thumbprint-learn';
export const LEARN_CONTROLS_HOST = 'thumbprint-learn-controls';
const OURS: readonly string[] = [BADGE_HOST, CONTROLS_HOST, GLANCE_HOST, PILL_HOST, LEARN_HOST, LEARN_CONTROLS_HOST];

/** What shows a picture by itself, or says so in its own style. */
const PICTURES = 'img, image, video[poster], input[type="image"], [style*="url("]';

/** Who searches a link or a card looks at no more. */
const MAX_PICTURES = 100;
const MAX_INSIDE = 500; // elements

/** What can have a shadow root: elements of the page's own, and these. */
const ROOTED = /-|^(?:article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;

/** The shadow root of an element of the page, also a closed one. */
function rootOf(element: Element): ShadowRoot | null {
  const isOpen = element.shadowRoot !== null;
  const isOurs = OURS.includes(element.localName);
  return isOpen || isOurs || !(element instanceof HTMLElement) || !ROOTED.test(element.localName)
    ? element.shadowRoot
    : shadowRootOf(element);
}

/** All elements at a point of the viewport, topmost first. */
export function elementsAt(x: number, y: number, root: Document | ShadowRoot = document): Element[] {
  return root
    .elementsFromPoint(x, y)
    .filter((element) => element.getRootNode() === root) // some browsers add the elements around the shadow root
    .flatMap((element) => {
      const inner = rootOf(element);
      return inner === null ? [element] : [...elementsAt(x, y, inner), element];
    });
}

/** `Element.closest`, also out of shadow roots. */
export function closest(element: Element, selector: string): Element | null {
  for (let inner: Element | null = element; inner !== null; inner = hostOf(inner)) {
    const match = inner.closest(selector);
    if (match !== null) {
      return match;
    }
  }
  return null;
}

/** The element around another one, as both are drawn: through slots and out of shadow roots. */
export function parentOf(element: Element): Element | null {
  return element.assignedSlot ?? element.parentElement ?? hostOf(element);
}

function hostOf(element: Element): Element | null {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}

/**
 * An element and what is in it, also in shadow roots: what shows pictures by itself first, then all else, which may
 * have them as backgrounds; of either the first ones only.
 */
export function descendantsOf(element: Element): Element[] {
  const pictures = [element, ...picturesIn(element)];
  const others: Element[] = [];
  const roots: (Element | ShadowRoot)[] = [element];
  for (let root = roots.shift(); root !== undefined && others.length < MAX_INSIDE; root = roots.shift()) {
    for (const inner of elementsIn(root, MAX_INSIDE - others.length)) {
      others.push(inner);
      const within = rootOf(inner);
      if (within !== null) {
        roots.push(within);
        pictures.push(...picturesIn(within));
      }
    }
  }
  return [...new Set([...pictures, ...others])];
}

function picturesIn(root: Element | ShadowRoot): Element[] {
  const all = root.querySelectorAll(PICTURES);
  const count = Math.min(all.length, MAX_PICTURES);
  return Array.from({ length: count }, (_, index) => all[index]).filter((element) => element !== undefined);
}

/** The first elements in a root, itself included; what comes after them is not even counted. */
function* elementsIn(root: Element | ShadowRoot, most: number): Generator<Element> {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
  let inner: Node | null = root instanceof Element ? root : walker.nextNode();
  for (let count = 0; inner !== null && count < most; count += 1) {
    yield inner as Element;
    inner = walker.nextNode();
  }
}

/** The element with the focus, inside whatever shadow roots. */
export function focused(): Element | null {
  let element = document.activeElement;
  for (let root = element && rootOf(element); root?.activeElement; root = rootOf(element)) {
    element = root.activeElement;
  }
  return element;
}

export function holds({ left, top, right, bottom }: Rectangle, x: number, y: number): boolean {
  return x >= left && x < right && y >= top && y < bottom;
}
