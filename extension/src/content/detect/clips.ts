/** What cuts off an element, as it is drawn: itself and others around it, with their round corners. */

import type { Rectangle } from '../../shared/geometry.ts';
import { lengthOf } from './css.ts';
import { parentOf } from './stacking.ts';

/** An element that cuts off what reaches beyond its inner box. */
export interface Clip {
  readonly box: Rectangle;
  /** With its borders, to which its style's radii belong. */
  readonly outer: Rectangle;
  readonly style: CSSStyleDeclaration;
  /** Px of the viewport in one of the element: pages zoom and transform. */
  readonly scale: number;
}

/** Px of the viewport in one of the element. */
export function scaleOf(element: Element): number {
  const laidOut = element instanceof HTMLElement ? element.offsetWidth : 0;
  const { width } = element.getBoundingClientRect();
  return laidOut === 0 || Math.abs(width - laidOut) < 1 ? 1 : width / laidOut;
}

export type Edge = 'border' | 'padding';

/** The rectangle inside some edges of a box. */
export function inset(box: Rectangle, style: CSSStyleDeclaration, scale: number, edges: readonly Edge[]): Rectangle {
  const inside = (side: string): number =>
    edges.reduce((sum, edge) => sum + px(style, `${edge}-${side}${edge === 'border' ? '-width' : ''}`), 0) * scale;
  return {
    left: box.left + inside('left'),
    top: box.top + inside('top'),
    right: box.right - inside('right'),
    bottom: box.bottom - inside('bottom'),
  };
}

/** The px of a computed length; 0 where it has none. */
export function px(style: CSSStyleDeclaration, property: string): number {
  return lengthOf(style.getPropertyValue(property))?.px ?? 0;
}

/** What around an element cuts it off: pages crop pictures and round their corners so. */
export function clipsAround(image: Element): Clip[] {
  return clippersAround(image).flatMap(clipOf);
}

/** The elements around an element that may cut it off. */
export function clippersAround(image: Element): Element[] {
  const clippers: Element[] = [];
  let { position } = getComputedStyle(image);
  for (let element = parentOf(image); element !== null && !isPage(element); element = parentOf(element)) {
    const style = getComputedStyle(element);
    const holds = position === 'static' || position === 'relative' || position === 'sticky' || isHolder(style, position);
    if (holds) {
      position = style.position;
      clippers.push(element);
    }
  }
  return clippers;
}

/** What an element cuts off of what is in it: nothing, or all outside of its borders. */
export function clipOf(element: Element): Clip[] {
  const style = getComputedStyle(element);
  if (style.overflow === 'visible' || style.display === 'inline' || style.display === 'contents') {
    return [];
  }
  const scale = scaleOf(element);
  const outer = element.getBoundingClientRect();
  return [{ box: inset(outer, style, scale, ['border']), outer, style, scale }];
}

/** What these cut off, the viewport does. */
function isPage(element: Element): boolean {
  return element === document.body || element === document.documentElement;
}

/** Whether an element holds those in it that are taken out of the flow. */
function isHolder({ position, transform, filter, contain }: CSSStyleDeclaration, inner: string): boolean {
  const always = transform !== 'none' || filter !== 'none' || /paint|layout|strict|content/.test(contain);
  return always || (inner === 'absolute' && position !== 'static');
}

export const CORNERS = ['top-left', 'top-right', 'bottom-right', 'bottom-left'] as const;
type Corner = (typeof CORNERS)[number];

/** The largest radius that something has in the very corner of what can be seen. */
export function radiusAt(corner: Corner, clip: Rectangle, clips: readonly Clip[]): number {
  const [y, x] = corner.split('-') as ['top' | 'bottom', 'left' | 'right'];
  const same = clips.filter(({ box }) => Math.abs(box[x] - clip[x]) < 1 && Math.abs(box[y] - clip[y]) < 1);
  return Math.max(0, ...same.map((clip) => radiusOf(corner, clip) - Math.abs(clip.box[x] - clip.outer[x])));
}

function radiusOf(corner: Corner, { outer, style, scale }: Clip): number {
  const length = lengthOf(style.getPropertyValue(`border-${corner}-radius`).split(' ')[0] ?? '');
  return length === null ? 0 : length.share * (outer.right - outer.left) + length.px * scale;
}
