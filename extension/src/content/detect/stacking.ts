/** What lies above and below each other at a point of the page, also through open shadow roots. */

/** The elements that hold what is added to a page: what is to be seen, and what can be pressed. */
export const BADGE_HOST = 'thumbprint-badge';
export const CONTROLS_HOST = 'thumbprint-card';
export const GLANCE_HOST = 'thumbprint-glance';

const MIN_ALPHA = 0.3; // fainter overlays leave the picture below recognisable
const MAX_INSIDE = 200; // elements: who searches a link or a card looks at no more

/** All elements at a point of the viewport, topmost first. */
export function elementsAt(x: number, y: number, root: Document | ShadowRoot = document): Element[] {
  return root
    .elementsFromPoint(x, y)
    .filter((element) => element.getRootNode() === root) // some browsers add the elements around the shadow root
    .flatMap((element) =>
      element.shadowRoot === null ? [element] : [...elementsAt(x, y, element.shadowRoot), element],
    );
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

/** An element and what is in it, also in open shadow roots; the first ones only, where there are many. */
export function descendantsOf(element: Element): Element[] {
  const descendants: Element[] = [];
  const roots: (Element | ShadowRoot)[] = [element];
  for (let root = roots.shift(); root !== undefined && descendants.length < MAX_INSIDE; root = roots.shift()) {
    for (const inner of root instanceof Element ? [root, ...root.querySelectorAll('*')] : root.querySelectorAll('*')) {
      descendants.push(inner);
      if (inner.shadowRoot !== null) {
        roots.push(inner.shadowRoot);
      }
    }
  }
  return descendants.slice(0, MAX_INSIDE);
}

/** The element with the focus, inside whatever shadow roots. */
export function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) {
    element = element.shadowRoot.activeElement;
  }
  return element;
}

export function holds({ left, top, right, bottom }: DOMRect, x: number, y: number): boolean {
  return x >= left && x < right && y >= top && y < bottom;
}

/**
 * Whether an element hides the picture below it, as a page header or a dialog does.
 *
 * What belongs to the card (a duration, a hover preview) stays about inside the picture; a click catcher may be large
 * but paints nothing.
 */
export function covers(above: Element, image: Element, box: DOMRect): boolean {
  const { left, top, right, bottom } = above.getBoundingClientRect();
  const slack = box.height / 2;
  const within =
    left >= box.left - slack &&
    right <= box.right + slack &&
    top >= box.top - slack &&
    bottom <= box.bottom + slack;
  return !within && !above.contains(image) && paints(above);
}

/** What shows something of its own in the place of a picture: a preview that plays above it, or the next picture. */
const MEDIA = 'img, video, canvas, iframe';
const MOST = 0.6; // of a picture: play buttons cover less

/** Whether something of the page's is to be seen in the middle of a picture instead of it. */
export function isReplaced(image: Element): boolean {
  const box = image.getBoundingClientRect();
  const stack = elementsAt((box.left + box.right) / 2, (box.top + box.bottom) / 2);
  const above = stack
    .slice(0, Math.max(0, stack.indexOf(image)))
    .filter((element) => closest(element, `${BADGE_HOST}, ${CONTROLS_HOST}, ${GLANCE_HOST}`) === null);
  const most = MOST * box.width * box.height;
  return above.some((element) => covers(element, image, box) || (showsMedia(element) && sizeOf(element) >= most));
}

function showsMedia(element: Element): boolean {
  const isSpacer = element instanceof HTMLImageElement && element.naturalWidth <= 1;
  return element.matches(MEDIA) && !isSpacer && element.checkVisibility({ opacityProperty: true });
}

function sizeOf(element: Element): number {
  const { width, height } = element.getBoundingClientRect();
  return width * height;
}

function paints(element: Element): boolean {
  if (element.matches('img, video, canvas, iframe')) {
    return true;
  }
  const style = getComputedStyle(element);
  return (
    Number(style.opacity) >= MIN_ALPHA &&
    (alphaOf(style.backgroundColor) >= MIN_ALPHA || style.backgroundImage !== 'none')
  );
}

/** The opacity of a computed colour: `rgb(1, 2, 3)`, `rgba(1, 2, 3, 0.5)` or `color(srgb 1 1 1 / 0.5)`. */
export function alphaOf(colour: string): number {
  const alpha = /^rgba\(.*,\s*([\d.]+)\)$/.exec(colour)?.[1] ?? /\/\s*([\d.]+)\s*\)$/.exec(colour)?.[1];
  return alpha === undefined ? 1 : Number(alpha);
}
