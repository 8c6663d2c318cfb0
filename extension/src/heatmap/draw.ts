/** A heatmap as a canvas, to be laid over its picture. */

import { make } from '../shared/dom.ts';
import { heatColour } from './colormap.ts';
import { type Heat, placesOf } from './heatmap.ts';

const COLOURS = Array.from({ length: 256 }, (_, place) => heatColour(place / 255));

/**
 * A pixel for each place of the grid: the browser draws them larger, smoothly.
 *
 * Not by `putImageData`: Firefox takes no pixels from content scripts.
 */
export function drawHeat(heat: Heat): HTMLCanvasElement {
  const canvas = make('canvas');
  canvas.width = heat.width;
  canvas.height = heat.height;
  const context = canvas.getContext('2d');
  placesOf(heat).forEach((place, i) => {
    if (context !== null && place > 0) {
      context.fillStyle = COLOURS[place]!;
      context.fillRect(i % heat.width, Math.floor(i / heat.width), 1, 1);
    }
  });
  return canvas;
}
