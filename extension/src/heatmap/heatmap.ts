/** A heatmap, as the background gives it to the page: how much each part of a picture speaks for a channel. */

import type { Rectangle, Size } from '../shared/geometry.ts';
import { type ClassifyFailure, isFailure, isObject } from '../shared/messages.ts';

export type Box = readonly [left: number, top: number, right: number, bottom: number];

export interface Heatmap {
  readonly ok: true;
  readonly channel: string;
  /** A byte for each cell, row by row, 255 for the strongest, in base64: messages are JSON. */
  readonly grid: string;
  /** Of the grid, in cells. */
  readonly width: number;
  readonly height: number;
  /** The part of the picture that the grid covers, in px of the picture: baked-in bars are left out. */
  readonly box: Box;
  /** Of the picture, upright, in px. */
  readonly size: readonly [width: number, height: number];
}

export type HeatmapReply = Heatmap | ClassifyFailure;

export const MAX_SIDE = 1024; // cells of a grid
const MAX_PIXELS = 100_000; // of a picture's side

export function isHeatmapReply(value: unknown): value is HeatmapReply {
  return isFailure(value) || (isObject(value) && value['ok'] === true && isHeatmap(value));
}

function isHeatmap({ channel, grid, width, height, box, size }: Record<string, unknown>): boolean {
  return (
    typeof channel === 'string' &&
    isCount(width, MAX_SIDE) &&
    isCount(height, MAX_SIDE) &&
    typeof grid === 'string' &&
    grid.length === base64Length(width * height) &&
    isSize(size) &&
    isBoxIn(box, size)
  );
}

export function isSize(value: unknown): value is Heatmap['size'] {
  return Array.isArray(value) && value.length === 2 && value.every((side) => isCount(side, MAX_PIXELS));
}

/** Whether a value is a box with something in it, inside a picture. */
export function isBoxIn(value: unknown, [width, height]: Heatmap['size']): value is Box {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(Number.isInteger)) {
    return false;
  }
  const [left, top, right, bottom] = value as [number, number, number, number];
  return left >= 0 && left < right && right <= width && top >= 0 && top < bottom && bottom <= height;
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}

function base64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** What is computed here: a number from 0 to 1 for each cell, row by row, and the part of the picture that they cover. */
export interface Computed {
  readonly cells: Float32Array;
  readonly grid: Size;
  readonly picture: Size;
  readonly box: Rectangle;
}

export function toHeatmap(channel: string, { cells, grid, picture, box }: Computed): Heatmap {
  return {
    ok: true,
    channel,
    grid: toBase64(Uint8Array.from(cells, (cell) => Math.round(cell * 255))),
    width: grid.width,
    height: grid.height,
    box: [box.left, box.top, box.right, box.bottom],
    size: [picture.width, picture.height],
  };
}

const CHUNK = 0x2000; // bytes: a call takes no more arguments than this safely

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(text);
}

/** The values of the cells, 0 to 255. */
export function cellsOf({ grid }: Heatmap): Uint8Array {
  return Uint8Array.from(atob(grid), (letter) => letter.charCodeAt(0));
}

/** Whether nothing in a picture speaks for the channel: every cell is 0. */
export function isEmpty({ grid }: Heatmap): boolean {
  return /^A*=*$/.test(grid);
}
