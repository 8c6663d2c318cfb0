/** What elements paint: how much of what lies below them they hide, and how much of themselves can be seen. */

import { alphaOf, blurOf, gradientAlpha, layerOf, layersOf, strengthOf } from './css.ts';
import { parentOf } from './stacking.ts';

/** What shows something of its own: pictures, and what plays above them. */
export const MEDIA = 'img, video, canvas, iframe, frame, object, embed';
const FRAME = 'iframe, frame, object, embed';

const MIN_SEEN = 0.1; // fainter pictures are slides that wait, or fade in
const MAX_BLUR = 1 / 40; // of a picture's width: from there on nobody recognises it
const VEIL_BLUR = 6; // px: blurs less than that are glass, and leave what is below recognisable
const MIN_BRIGHTNESS = 0.1;

/** Icons and spacers come so, and are transparent for the most part. */
const TRANSPARENT = /^data:image\/(?:svg|gif)/;

/** How much of what is below an element its own box hides, from 0 to 1. */
export function opacityOf(element: Element): number {
  const style = getComputedStyle(element);
  // What blends with the picture leaves it recognisable.
  const own = style.mixBlendMode !== 'normal' ? 0 : isOpaqueMedia(element) ? 1 : boxOpacity(style);
  return own === 0 || !isDrawn(element) ? 0 : own * effectsOn(element).opacity;
}

/** The same for a pseudo-element of it; `size` is that of its box in px, which nobody else tells. */
export function pseudoOf(element: Element, pseudo: '::before' | '::after'): { opacity: number; size: number } | null {
  const style = getComputedStyle(element, pseudo);
  if (style.content === 'none' || style.content === 'normal') {
    return null;
  }
  const own = style.mixBlendMode === 'normal' ? boxOpacity(style) * Number(style.opacity) : 0;
  return {
    opacity: own === 0 ? 0 : own * effectsOn(element).opacity,
    size: (parseFloat(style.width) || 0) * (parseFloat(style.height) || 0),
  };
}

function boxOpacity(style: CSSStyleDeclaration): number {
  if (blurOf(style.backdropFilter) >= VEIL_BLUR) {
    return 1;
  }
  const layers = layersOf(style.backgroundImage).map((layer, index) => layerOpacity(layer, index, style));
  const through = [alphaOf(style.backgroundColor), ...layers].reduce((rest, alpha) => rest * (1 - alpha), 1);
  return 1 - through;
}

function layerOpacity(layer: string, index: number, style: CSSStyleDeclaration): number {
  if (layer === 'none') {
    return 0;
  }
  const isSymbol = layerOf(style.backgroundRepeat, index) === 'no-repeat' && layerOf(style.backgroundSize, index) === 'auto';
  // A play button in the middle of a box hides little.
  return gradientAlpha(layer) ?? (isSymbol || TRANSPARENT.test(/url\("?(.*)/.exec(layer)?.[1] ?? '') ? 0 : 1);
}

/** Elements in frames are of another window, so that they are told by their names and not by their classes. */
function isOpaqueMedia(element: Element): boolean {
  if (is(element, 'img')) {
    return element.naturalWidth > 1 && !TRANSPARENT.test(element.currentSrc);
  }
  if (is(element, 'video')) {
    return element.poster !== '' || element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }
  return element.matches(MEDIA);
}

function is<K extends keyof HTMLElementTagNameMap>(element: Element, tag: K): element is HTMLElementTagNameMap[K] {
  return element.matches(tag);
}

interface Effects {
  readonly opacity: number;
  /** Px. */
  readonly blur: number;
}

/** What opacities and filters of an element and of those around it make of what it paints. */
function effectsOn(element: Element): Effects {
  let opacity = 1;
  let blur = 0;
  for (let outer: Element | null = element; outer !== null && opacity > 0; outer = parentOf(outer)) {
    const { opacity: share, filter } = getComputedStyle(outer);
    opacity *= Number(share);
    if (filter !== 'none' && filter !== '') {
      blur += blurOf(filter);
      opacity *= strengthOf(filter, 'opacity') * Number(strengthOf(filter, 'brightness') >= MIN_BRIGHTNESS);
    }
  }
  return { opacity, blur };
}

/** Whether a person could recognise a picture, as far as it is not covered: slides that wait and spoilers are not seen. */
export function isSeen(image: Element): boolean {
  const { opacity, blur } = effectsOn(image);
  return isDrawn(image) && opacity >= MIN_SEEN && blur < image.getBoundingClientRect().width * MAX_BLUR;
}

/** Whether an element is drawn at all; what is only for screen readers is clipped away. */
function isDrawn(element: Element): boolean {
  const isClipped = /^inset\((?:50|100)%/.test(getComputedStyle(element).clipPath);
  return !isClipped && element.checkVisibility({ visibilityProperty: true });
}

/**
 * Whether nothing of a frame is to be seen at a point of the viewport. Frames of other sites cannot be looked into: they
 * hide what is below, unless they are faint themselves.
 */
export function isEmptyFrame(frame: Element, x: number, y: number): boolean {
  if (!frame.matches(FRAME)) {
    return false;
  }
  if (effectsOn(frame).opacity < MIN_SEEN) {
    return true;
  }
  const inner = documentIn(frame);
  const { left, top } = frame.getBoundingClientRect();
  if (inner === null) {
    return false;
  }
  const stack = inner.elementsFromPoint(x - left - frame.clientLeft, y - top - frame.clientTop);
  // The background of its body is that of all of it.
  return [...stack, ...inner.querySelectorAll(':root, body')].every((element) => opacityOf(element) < MIN_SEEN);
}

function documentIn(frame: Element): Document | null {
  try {
    return (frame as HTMLIFrameElement).contentDocument ?? null;
  } catch {
    return null; // of another site
  }
}
