/** A heatmap over a thumbnail: on a canvas, which a page cannot forbid as it may forbid foreign pictures. */

import { drawHeatmap } from '../../heatmap/draw.ts';
import type { Heatmap } from '../../heatmap/heatmap.ts';
import { make } from '../../shared/dom.ts';
import { partOf } from '../detect/object-fit.ts';
import type { PictureArea } from '../detect/visible-area.ts';
import { moveTo } from './shadow-dom.ts';

export class HeatmapLayer {
  /** Cuts the canvas off where the thumbnail is. */
  readonly element: HTMLElement;
  readonly #canvas: HTMLCanvasElement;

  /** `findArea` says where the thumbnail is now, null where it is not shown. */
  constructor(private readonly heatmap: Heatmap, private readonly findArea: () => PictureArea | null) {
    this.#canvas = drawHeatmap(heatmap);
    this.element = make('div', 'heat', this.#canvas);
    this.element.setAttribute('aria-hidden', 'true'); // the card says in words what it is
  }

  /** Lies where the thumbnail is now, and nowhere while something else is in its place. */
  follow(): void {
    const area = this.findArea();
    this.element.hidden = area === null;
    if (area === null) {
      return;
    }
    const { clip, picture, radii } = area;
    const part = partOf(picture, this.heatmap.size, this.heatmap.box);
    setSize(this.element, clip.right - clip.left, clip.bottom - clip.top);
    this.element.style.borderRadius = radii.map((radius) => `${radius}px`).join(' ');
    moveTo(this.element, clip.left, clip.top);
    setSize(this.#canvas, part.right - part.left, part.bottom - part.top);
    this.#canvas.style.left = `${part.left - clip.left}px`;
    this.#canvas.style.top = `${part.top - clip.top}px`;
  }
}

function setSize({ style }: HTMLElement, width: number, height: number): void {
  style.width = `${width}px`;
  style.height = `${height}px`;
}
