/** Where an element puts the picture that it shows, as CSS and SVG rule, in px of the element; no DOM in here. */

import type { Box } from '../../heatmap/heatmap.ts';
import type { Rectangle, Size } from '../../shared/geometry.ts';
import { type Length, lengthOf, positionOf, wordsOf } from './css.ts';

/** By `object-fit` and `object-position`, in an area that begins at 0, 0. */
export function fitObject(area: Size, picture: Size, fit: string, position: string): Rectangle {
  return placed(area, objectSize(area, picture, fit), position);
}

function objectSize(area: Size, picture: Size, fit: string): Size {
  switch (fit) {
    case 'contain':
      return contained(area, picture);
    case 'cover':
      return covering(area, picture);
    case 'none':
      return picture;
    case 'scale-down':
      return smaller(contained(area, picture), picture);
    default:
      return area; // fill
  }
}

/** By `background-size` and `background-position`: of a picture that repeats, the first. */
export function fitBackground(area: Size, picture: Size, size: string, position: string): Rectangle {
  return placed(area, backgroundSize(area, picture, size), position);
}

function backgroundSize(area: Size, picture: Size, size: string): Size {
  if (size === 'cover' || size === 'contain') {
    return size === 'cover' ? covering(area, picture) : contained(area, picture);
  }
  const [across = 'auto', down = 'auto'] = wordsOf(size);
  const width = along(lengthOf(across), area.width);
  const height = along(lengthOf(down), area.height);
  const ratio = picture.width / picture.height;
  return {
    width: width ?? (height === null ? picture.width : height * ratio),
    height: height ?? (width === null ? picture.height : width / ratio),
  };
}

/** By `preserveAspectRatio` of an `<image>`. */
export function fitSvg(area: Size, picture: Size, preserve: string): Rectangle {
  const [align = '', meetOrSlice] = wordsOf(preserve);
  const shares = /^x(Min|Mid|Max)Y(Min|Mid|Max)$/.exec(align === '' ? 'xMidYMid' : align);
  if (shares === null) {
    return placed(area, area, '0% 0%'); // none
  }
  const [x, y] = shares.slice(1).map((share) => ['Min', 'Mid', 'Max'].indexOf(share) * 50);
  const size = meetOrSlice === 'slice' ? covering(area, picture) : contained(area, picture);
  return placed(area, size, `${x ?? 50}% ${y ?? 50}%`);
}

/** Where a part of a picture lies: `box` in px of the picture, which is of a size, and is shown in a place. */
export function partOf(place: Rectangle, [width, height]: readonly [number, number], box: Box): Rectangle {
  const across = (place.right - place.left) / width;
  const down = (place.bottom - place.top) / height;
  return {
    left: place.left + box[0] * across,
    top: place.top + box[1] * down,
    right: place.left + box[2] * across,
    bottom: place.top + box[3] * down,
  };
}

function contained(area: Size, picture: Size): Size {
  return scaled(picture, Math.min(area.width / picture.width, area.height / picture.height));
}

function covering(area: Size, picture: Size): Size {
  return scaled(picture, Math.max(area.width / picture.width, area.height / picture.height));
}

function scaled({ width, height }: Size, scale: number): Size {
  return { width: width * scale, height: height * scale };
}

function smaller(a: Size, b: Size): Size {
  return a.width < b.width ? a : b;
}

/** A share counts what the picture leaves free, as CSS rules for positions. */
function placed(area: Size, { width, height }: Size, position: string): Rectangle {
  const [x, y] = positionOf(position);
  const left = x.share * (area.width - width) + x.px;
  const top = y.share * (area.height - height) + y.px;
  return { left, top, right: left + width, bottom: top + height };
}

function along(length: Length | null, side: number): number | null {
  return length === null ? null : length.share * side + length.px;
}
