/** Rectangles and sizes, in px. */

/** `right` and `bottom` are the first column and row outside. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What two rectangles have in common; null where that is nothing. */
export function intersection(a: Rectangle, b: Rectangle): Rectangle | null {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  const right = Math.min(a.right, b.right);
  const bottom = Math.min(a.bottom, b.bottom);
  return left < right && top < bottom ? { left, top, right, bottom } : null;
}

/** The largest part of a rectangle beside another one: above, below, before or after it; null where there is none. */
export function without(whole: Rectangle, cut: Rectangle): Rectangle | null {
  const parts = [
    { ...whole, bottom: Math.min(whole.bottom, cut.top) },
    { ...whole, top: Math.max(whole.top, cut.bottom) },
    { ...whole, right: Math.min(whole.right, cut.left) },
    { ...whole, left: Math.max(whole.left, cut.right) },
  ];
  const largest = parts.filter((part) => areaOf(part) > 0).sort((a, b) => areaOf(b) - areaOf(a))[0];
  return intersection(whole, cut) === null ? whole : (largest ?? null);
}

function areaOf({ left, top, right, bottom }: Rectangle): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}
