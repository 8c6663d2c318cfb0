/** A heatmap as a canvas, to be laid over its picture. */

import { make } from '../shared/dom.ts';
import { heatmapColour } from './colormap.ts';
import { type Heatmap, cellsOf } from './heatmap.ts';

const COLOURS = Array.from({ length: 256 }, (_, cell) => heatmapColour(cell / 255));

/**
 * A pixel for each cell of the grid: the browser draws them larger, smoothly.
 *
 * Not by `putImageData`: Firefox takes no pixels from content scripts.
 */
export function drawHeatmap(heatmap: Heatmap): HTMLCanvasElement {
  const canvas = make('canvas');
  canvas.width = heatmap.width;
  canvas.height = heatmap.height;
  const context = canvas.getContext('2d');
  cellsOf(heatmap).forEach((cell, i) => {
    if (context !== null && cell > 0) {
      context.fillStyle = COLOURS[cell]!;
      context.fillRect(i % heatmap.width, Math.floor(i / heatmap.width), 1, 1);
    }
  });
  return canvas;
}

/** Places a heatmap's canvas over the part of its picture that it speaks of, in a frame of the picture's size. */
export function placeOver(canvas: HTMLCanvasElement, { box: [left, top, right, bottom], size: [width, height] }: Heatmap): HTMLCanvasElement {
  canvas.style.left = `${(100 * left) / width}%`;
  canvas.style.top = `${(100 * top) / height}%`;
  canvas.style.width = `${(100 * (right - left)) / width}%`;
  canvas.style.height = `${(100 * (bottom - top)) / height}%`;
  return canvas;
}
