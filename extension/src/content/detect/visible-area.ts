/** Where in the viewport a picture lies, and how much of it can be seen. */

import type { Heatmap } from '../../heatmap/heatmap.ts';
import { intersection, type Rectangle, type Size } from '../../shared/geometry.ts';
import { type Clip, clipOf, clipsAround, CORNERS, type Edge, inset, px, radiusAt, scaleOf } from './clips.ts';
import { isReplaced } from './covers.ts';
import { layerOf } from './css.ts';
import { shownImageOf, type ShownImage } from './image-url.ts';
import { fitBackground, fitObject, fitSvg } from './object-fit.ts';

const WIDE = 16 / 9;

export interface PictureArea {
  /** Where the whole picture would lie: parts of it may be cut off. */
  readonly picture: Rectangle;
  /** What can be seen of its element. */
  readonly clip: Rectangle;
  /** Of the corners of that, from the top left clockwise, in px. */
  readonly radii: readonly number[];
}

/** Null where the element does not show the picture of that address, or nothing of it can be seen. */
export function areaOf(image: Element, url: string, { size }: Heatmap, any: boolean): PictureArea | null {
  const shown = shownImageOf(image, any);
  if (shown === null || ![shown.url, shown.shown].includes(url) || isReplaced(image)) {
    return null;
  }
  const plate = plateOf(image, shown);
  const clips = [...plate.clips, ...clipsAround(image)];
  const clip = clips.reduce<Rectangle | null>(
    (all, { box }) => all && intersection(all, box),
    image.getBoundingClientRect(),
  );
  const whole = { width: size[0], height: size[1] };
  const place = pictureOn(image, shown, plate, whole);
  const picture = shown.named && shown.url === url ? originalIn(place, copySize(image, shown) ?? whole) : place;
  return clip && { picture, clip, radii: CORNERS.map((corner) => radiusAt(corner, clip, clips)) };
}

/** What a picture is laid on: its size in px of the element, and the place of that in the viewport. */
interface Plate {
  readonly box: Rectangle;
  readonly style: CSSStyleDeclaration;
  /** Px of the viewport in one of the element: pages zoom and transform. */
  readonly scale: number;
  /** What the element itself cuts off. */
  readonly clips: readonly Clip[];
}

function plateOf(image: Element, { way, layer }: ShownImage): Plate {
  const style = getComputedStyle(image);
  const scale = scaleOf(image);
  const outer = image.getBoundingClientRect();
  if (way === 'image' || way === 'poster' || way === 'svg') {
    const box = inset(outer, style, scale, ['border', 'padding']);
    return { box, style, scale, clips: [{ box, outer, style, scale }] };
  }
  if (way === 'background') {
    const box = inset(outer, style, scale, originOf(style, layer));
    return { box, style, scale, clips: [{ box: outer, outer, style, scale }] };
  }
  const own = getComputedStyle(image, way);
  const box = pseudoBox(inset(outer, style, scale, ['border']), own, scale);
  const clips = [{ box, outer: box, style: own, scale }, ...clipOf(image)];
  return { box: inset(box, own, scale, originOf(own, layer)), style: own, scale, clips };
}

const ORIGINS: Readonly<Record<string, readonly Edge[] | undefined>> = {
  'border-box': [],
  'content-box': ['border', 'padding'],
};

function originOf(style: CSSStyleDeclaration, layer: number): readonly Edge[] {
  return ORIGINS[layerOf(style.backgroundOrigin, layer)] ?? ['border'];
}

/** Nobody tells where a pseudo-element is; one with a place of its own is counted from its element. */
function pseudoBox(parent: Rectangle, style: CSSStyleDeclaration, scale: number): Rectangle {
  if (style.position !== 'absolute') {
    return parent;
  }
  const sum = (...properties: string[]): number =>
    properties.reduce((all, property) => all + px(style, property), 0) * scale;
  const around = style.boxSizing === 'border-box' ? [] : ['padding', 'border'];
  const edges = (start: string, end: string): string[] =>
    around.flatMap((edge) => [start, end].map((side) => `${edge}-${side}${edge === 'border' ? '-width' : ''}`));
  const left = parent.left + sum('left', 'margin-left');
  const top = parent.top + sum('top', 'margin-top');
  return {
    left,
    top,
    right: left + sum('width', ...edges('left', 'right')),
    bottom: top + sum('height', ...edges('top', 'bottom')),
  };
}

/** The place of the whole picture in the viewport. */
function pictureOn(image: Element, shown: ShownImage, { box, style, scale }: Plate, size: Size): Rectangle {
  const area = { width: (box.right - box.left) / scale, height: (box.bottom - box.top) / scale };
  const { left, top, right, bottom } = fit(image, shown, style, area, size);
  return {
    left: box.left + left * scale,
    top: box.top + top * scale,
    right: box.left + right * scale,
    bottom: box.top + bottom * scale,
  };
}

function fit(image: Element, { way, layer }: ShownImage, style: CSSStyleDeclaration, area: Size, size: Size): Rectangle {
  if (way === 'svg') {
    return fitSvg(area, size, image.getAttribute('preserveAspectRatio') ?? '');
  }
  if (way === 'image' || way === 'poster') {
    return fitObject(area, naturalSize(image) ?? size, style.objectFit, style.objectPosition);
  }
  return fitBackground(area, size, layerOf(style.backgroundSize, layer), layerOf(style.backgroundPosition, layer));
}

/** Copies of about 4:3 have black bars above and below, as `hqdefault` has. */
const BARRED = 4 / 3;

/** Where the whole thumbnail, of 16:9, would lie of which a copy of another shape is shown: one with bars, or cropped. */
export function originalIn({ left, top, right, bottom }: Rectangle, copy: Size): Rectangle {
  const ratio = copy.width / copy.height;
  const isAsWide = ratio >= WIDE || Math.abs(ratio / BARRED - 1) < 0.05;
  const across = (right - left) * (isAsWide ? 1 : WIDE / ratio);
  const down = (bottom - top) * (isAsWide ? ratio / WIDE : 1);
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  return { left: x - across / 2, top: y - down / 2, right: x + across / 2, bottom: y + down / 2 };
}

function copySize(image: Element, { way }: ShownImage): Size | null {
  return way === 'image' ? naturalSize(image) : null; // of other ways, nobody tells
}

/** The size that an image has by itself on this screen: that of its file, or less where it was made for dense ones. */
function naturalSize(image: Element): Size | null {
  return image instanceof HTMLImageElement && image.naturalWidth > 0
    ? { width: image.naturalWidth, height: image.naturalHeight }
    : null;
}
