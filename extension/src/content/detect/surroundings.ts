/**
 * What can be seen of a picture, and what of the page's own lies on it: controls, texts and signs that the badge leaves
 * free.
 *
 * The page is searched once the badge is shown, after the picture has moved, and once a second for what fades in; in
 * between, boxes are read and nothing else.
 */

import { intersection, type Rectangle, without } from '../../shared/geometry.ts';
import { clipOf, clippersOf } from './clips.ts';
import { MIN_ALPHA } from './covers.ts';
import { opacityOf } from './paint.ts';
import { BADGE_HOST, closest, CONTROLS_HOST, descendantsOf, elementsAt, parentOf } from './stacking.ts';

export interface Surroundings {
  /** Null where nothing of the picture can be seen. */
  readonly visible: Rectangle | null;
  /** What is to be left free, in the viewport. */
  readonly obstacles: readonly Rectangle[];
}

const AGAIN_MS = 150; // between two searches while the picture moves
const LATER_MS = 1000; // and while it rests: controls fade in

const CONTROL = [
  'a, area, button, input, select, textarea, summary, label, [tabindex]:not([tabindex="-1"])',
  ...['button', 'link', 'checkbox', 'menuitem', 'slider', 'switch', 'tab', 'progressbar'].map((role) => `[role="${role}"]`),
].join();
const SIGN = 'img, svg, canvas, video, iframe, object, embed, progress, meter';

const SMALL = 0.2; // of a picture: a larger ground is a shade
const MOST = 0.6; // of a picture: what is larger lies over it as a whole, as a link does
const LEAST = 3; // px: texts for screen readers alone are smaller
const NATIVE_CONTROLS = 64; // px at the bottom of a video
const SCOPE_AREA = 2.5; // pictures: an element around one that is larger holds more than it
const MAX_SCOPES = 10;
const MAX_OBSTACLES = 200; // a page may move what it has all the time
const SPAN = 0.5; // of a picture: what is narrower is a control on it

export class PictureSurroundings {
  #clippers: readonly Element[] = [];
  #covers: readonly Element[] = [];
  /** Counted from the picture's corner: they move with it. What was there once is left free, that the badge stands still. */
  #obstacles: readonly Rectangle[] = [];
  #searched = -Infinity;
  #place = '';

  constructor(readonly image: Element) {}

  /** Looks where everything is now; says whether the page was searched for it. */
  look(viewport: Rectangle, now = performance.now()): Surroundings & { readonly searched: boolean } {
    const box = this.image.getBoundingClientRect();
    const place = [box.left, box.top, box.right, box.bottom, viewport.right, viewport.bottom].map(Math.round).join();
    const searched = now - this.#searched >= (place === this.#place ? LATER_MS : AGAIN_MS);
    if (searched) {
      const before = place === this.#place ? this.#obstacles : [];
      this.#searched = now;
      this.#place = place;
      this.#search(box, viewport);
      this.#obstacles = distinct([...before, ...this.#obstacles]);
    }
    const obstacles = this.#obstacles.map((obstacle) => moved(obstacle, box.left, box.top));
    return { visible: this.#visible(box, viewport), obstacles, searched };
  }

  #search(box: DOMRect, viewport: Rectangle): void {
    this.#clippers = clippersOf(this.image).filter((element) => clipOf(element).length > 0);
    const visible = this.#clipped(box, viewport);
    const around = ancestorsOf(this.image);
    const above = visible === null ? [] : elementsOn(visible, around);
    this.#covers = above.filter((element) => opacityOf(element) >= MIN_ALPHA && isFixed(element, around) && spans(element, visible!));
    const inside = descendantsOf(scopeOf(around, box));
    this.#obstacles = [...new Set([...above, ...inside])]
      .filter((element) => !around.has(element) && !this.#covers.includes(element))
      .flatMap((element) => boxesOf(element, box))
      .concat(nativeControls(this.image, box))
      .map((obstacle) => moved(obstacle, -box.left, -box.top));
  }

  #clipped(box: DOMRect, viewport: Rectangle): Rectangle | null {
    const clips = this.#clippers.flatMap(clipOf).map((clip) => clip.box);
    return [viewport, ...clips].reduce<Rectangle | null>((all, clip) => all && intersection(all, clip), box);
  }

  /** Whatever covers the whole of it stands for it, as a preview does. */
  #visible(box: DOMRect, viewport: Rectangle): Rectangle | null {
    const clipped = this.#clipped(box, viewport);
    return this.#covers.reduce((all, cover) => (all && without(all, cover.getBoundingClientRect())) ?? all, clipped);
  }
}

function distinct(boxes: readonly Rectangle[]): Rectangle[] {
  return [...new Map(boxes.map((box) => [JSON.stringify(box), box])).values()].slice(-MAX_OBSTACLES);
}

function moved({ left, top, right, bottom }: Rectangle, x: number, y: number): Rectangle {
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
}

/** From the corners inwards, as shares of a picture's sides. */
const POINTS = [0.04, 0.96, 0.36, 0.64].flatMap((x) => [0.08, 0.92, 0.5].map((y) => [x, y] as const));
const MOST_MS = 8; // on pages of very many elements fewer points have to do: a search must not make the page wait

/** A picture and the elements around it, as they are drawn, from the inside out. */
function ancestorsOf(image: Element): ReadonlySet<Element> {
  const ancestors = new Set<Element>();
  for (let element: Element | null = image; element !== null; element = parentOf(element)) {
    ancestors.add(element);
  }
  return ancestors;
}

/** The page's elements above a picture at twelve points of it, as far as there is time. */
function elementsOn({ left, top, right, bottom }: Rectangle, around: ReadonlySet<Element>): Element[] {
  const end = performance.now() + MOST_MS;
  const above: Element[] = [];
  for (const [x, y] of POINTS) {
    const stack = performance.now() < end ? elementsAt(left + x * (right - left), top + y * (bottom - top)) : [];
    above.push(...stack.slice(0, Math.max(0, stack.findIndex((element) => around.has(element)))));
  }
  return [...new Set(above)].filter((element) => closest(element, `${BADGE_HOST}, ${CONTROLS_HOST}`) === null);
}

/** Whether an element stays where it is when a picture scrolls, as headers do. */
function isFixed(element: Element, around: ReadonlySet<Element>): boolean {
  for (let inner: Element | null = element; inner !== null && !around.has(inner); inner = parentOf(inner)) {
    if (/fixed|sticky/.test(getComputedStyle(inner).position)) {
      return true;
    }
  }
  return false;
}

/** Whether an element lies across what is visible of a picture, and does not stand for all of it, as a preview does. */
function spans(element: Element, visible: Rectangle): boolean {
  const box = element.getBoundingClientRect();
  const common = intersection(box, visible);
  const { right, left, bottom, top } = common ?? { right: 0, left: 0, bottom: 0, top: 0 };
  const isWide = right - left > SPAN * (visible.right - visible.left);
  const isHigh = bottom - top > SPAN * (visible.bottom - visible.top);
  return (isWide || isHigh) && without(visible, box) !== null;
}

/** The outermost element around a picture that is not much larger: what lies on the picture is in there. */
function scopeOf(around: ReadonlySet<Element>, box: DOMRect): Element {
  const near = [...around].slice(0, MAX_SCOPES);
  const end = near.findIndex((element) => {
    const { width, height } = element.getBoundingClientRect();
    return width * height > SCOPE_AREA * box.width * box.height;
  });
  return near.slice(0, end < 0 ? near.length : end).at(-1) ?? near[0]!;
}

/** Those of a video, which the browser draws. */
function nativeControls(image: Element, { left, top, right, bottom }: Rectangle): Rectangle[] {
  const hasControls = image instanceof HTMLVideoElement && image.controls;
  return hasControls ? [{ left, top: Math.max(top, bottom - NATIVE_CONTROLS), right, bottom }] : [];
}

/** Where an element has something of its own on a picture. */
function boxesOf(element: Element, box: DOMRect): Rectangle[] {
  const isControl = element.matches(CONTROL);
  // Controls may only just be coming in.
  if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: !isControl })) {
    return [];
  }
  const whole = element.getBoundingClientRect();
  const isSmall = whole.width * whole.height < SMALL * box.width * box.height;
  const isSign = isControl || element.matches(SIGN) || (isSmall && opacityOf(element) >= MIN_ALPHA) || hasDrawnText(element);
  return (isSign ? [whole] : textBoxes(element))
    .filter(({ width, height }) => width > LEAST && height > LEAST && width * height < MOST * box.width * box.height)
    .filter((own) => intersection(own, box) !== null)
    .map(({ left, top, right, bottom }) => ({ left, top, right, bottom }));
}

/** Whether a style sheet writes something on an element: a word, or the sign of an icon font. */
function hasDrawnText(element: Element): boolean {
  return ['::before', '::after'].some((pseudo) => /^".*[^"\s]/.test(getComputedStyle(element, pseudo).content));
}

/** The lines of an element's own text. */
function textBoxes(element: Element): DOMRect[] {
  const { width, height } = element.getBoundingClientRect();
  if (width <= LEAST || height <= LEAST) {
    return [];
  }
  return Array.from(element.childNodes).flatMap((node) => {
    if (!(node instanceof Text) || node.data.trim() === '') {
      return [];
    }
    const range = document.createRange();
    range.selectNode(node);
    return Array.from(range.getClientRects());
  });
}

/** How much of the page's own something in a box would cover: texts, links and pictures at three points of it. */
export function contentBelow({ left, top, right, bottom }: Rectangle): number {
  const inside = [0.1, 0.5, 0.9].map((share) => elementsAt(left + share * (right - left), (top + bottom) / 2)[0]);
  return inside.filter((element) => element !== undefined && isContent(element)).length;
}

function isContent(element: Element): boolean {
  return closest(element, CONTROL) !== null || element.matches(SIGN) || textBoxes(element).length > 0;
}

/** The controls, pictures and texts of the page that are seen in a box. */
export function contentBoxes({ left, top, right, bottom }: Rectangle): Rectangle[] {
  const xs = [0.01, 0.2, 0.4, 0.6, 0.8, 0.99].map((share) => left + share * (right - left));
  const ys = [0.05, 0.5, 0.95].map((share) => top + share * (bottom - top));
  const seen = new Set(xs.flatMap((x) => ys.flatMap((y) => elementsAt(x, y)[0] ?? [])));
  return [...seen].flatMap((element): Rectangle[] => {
    const control = closest(element, CONTROL) ?? (element.matches(SIGN) ? element : null);
    return (control === null ? textBoxes(element) : [control.getBoundingClientRect()]).filter(
      (box) => intersection(box, { left, top, right, bottom }) !== null,
    );
  });
}
