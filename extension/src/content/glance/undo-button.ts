/** Where the small round button lies that shows a covered thumbnail; no DOM in here. */

import type { Rectangle } from '../../shared/geometry.ts';

const SIZE = 28; // px
const MARGIN = 6; // px to the edges of the thumbnail
const SLACK = 4; // px around it that count as well

/** In the lower corner at the start: the length of the video is at the end, what sites lay above comes at the top. */
export function undoBox({ left, top, right, bottom }: Rectangle): Rectangle {
  const size = Math.min(SIZE, right - left, bottom - top);
  const margin = Math.min(MARGIN, right - left - size, bottom - top - size);
  return { left: left + margin, top: bottom - margin - size, right: left + margin + size, bottom: bottom - margin };
}

/** Whether a press at a point is meant for the button of a thumbnail. */
export function isOnUndo(thumbnail: Rectangle, x: number, y: number): boolean {
  const { left, top, right, bottom } = undoBox(thumbnail);
  return x >= left - SLACK && x < right + SLACK && y >= top - SLACK && y < bottom + SLACK;
}
