/** The chosen picture, and on it the corners of the thumbnail: dragged by finger or mouse, moved by arrow keys. */

import { make } from '../shared/dom.ts';
import { percent } from '../shared/i18n.ts';
import type { Photo } from './photo.ts';
import { holds, isConvex, middleOf, moveCorner, type Point, type Quad } from './quad.ts';
import type { TryPage } from './texts.ts';

const SVG = 'http://www.w3.org/2000/svg';
const STEP = 0.004; // of the picture's longer side, for an arrow key
const FAST = 5; // times, with Shift
const LOUPE = 108; // px, as in the style sheet
const ZOOM = 2.5;
const KEYS: Readonly<Record<string, Point | undefined>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export interface StageActions {
  /** Corners were moved; `done` when the finger is lifted. */
  readonly moved: (quad: Quad, done: boolean) => void;
  /** Another found thumbnail was tapped. */
  readonly chosen: (quad: Quad) => void;
}

export class Stage {
  readonly #overlay = document.createElementNS(SVG, 'svg');
  readonly #loupe = make('canvas', 'loupe');
  readonly #corners: HTMLButtonElement[];
  #photo: Photo | null = null;
  #quad: Quad | null = null;
  #others: readonly Quad[] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly page: TryPage,
    private readonly actions: StageActions,
  ) {
    this.#overlay.setAttribute('aria-hidden', 'true');
    this.#loupe.hidden = true;
    this.#loupe.ariaHidden = 'true';
    this.#corners = [0, 1, 2, 3].map((corner) => this.#makeCorner(corner));
    element.addEventListener('click', (event) => this.#tap(event));
  }

  /** Shows a picture, without corners yet. */
  show(photo: Photo): void {
    this.#photo = photo;
    photo.canvas.setAttribute('role', 'img');
    photo.canvas.ariaLabel = this.page.t('photo');
    this.element.style.setProperty('--ratio', String(photo.canvas.width / photo.canvas.height));
    this.#overlay.setAttribute('viewBox', `0 0 ${photo.canvas.width} ${photo.canvas.height}`);
    this.element.replaceChildren(photo.canvas, this.#overlay, ...this.#corners, this.#loupe);
    this.place(null, []);
  }

  /** Shows nothing. */
  clear(): void {
    this.#photo = this.#quad = null;
    this.element.replaceChildren();
  }

  /** Shows corners, or none for the whole picture, and outlines of what else was found. */
  place(quad: Quad | null, others: readonly Quad[]): void {
    this.#quad = quad;
    this.#others = others;
    this.#render();
  }

  #render(): void {
    const quad = this.#quad;
    this.#overlay.replaceChildren();
    for (const [i, corner] of this.#corners.entries()) {
      corner.hidden = quad === null;
      if (quad !== null) {
        this.#put(corner, i, quad[i]!);
      }
    }
    if (quad !== null && this.#photo !== null) {
      const { width, height } = this.#photo.canvas;
      this.#overlay.append(path('shade', `M0 0H${width}V${height}H0Z${outline(quad)}`));
      const apart = this.#others.filter((other) => !holds(quad, middleOf(other)) && !holds(other, middleOf(quad)));
      this.#overlay.append(...apart.map((other) => path('other', outline(other))));
      this.#overlay.append(path('rim', outline(quad)), path('line', outline(quad)));
    }
  }

  #put(corner: HTMLButtonElement, index: number, [x, y]: Point): void {
    const { width = 1, height = 1 } = this.#photo?.canvas ?? {};
    corner.style.left = `${(100 * x) / width}%`;
    corner.style.top = `${(100 * y) / height}%`;
    const { language, t } = this.page;
    const shares = [percent(x / width, language), percent(y / height, language)];
    corner.ariaLabel = t('corner_at', [t(CORNERS[index]!), ...shares]);
  }

  #makeCorner(index: number): HTMLButtonElement {
    const corner = make('button', 'corner');
    corner.type = 'button';
    corner.addEventListener('pointerdown', (event) => this.#drag(corner, index, event));
    corner.addEventListener('keydown', (event) => this.#key(index, event));
    return corner;
  }

  #key(index: number, event: KeyboardEvent): void {
    const way = KEYS[event.key];
    if (way === undefined || this.#quad === null || this.#photo === null) {
      return;
    }
    event.preventDefault();
    const { width, height } = this.#photo.canvas;
    const step = STEP * Math.max(width, height) * (event.shiftKey ? FAST : 1);
    const [x, y] = this.#quad[index]!;
    this.#move(index, [x + way[0] * step, y + way[1] * step], true);
  }

  /** Follows a finger until it is lifted; the corner keeps its distance to where the finger came down. */
  #drag(corner: HTMLButtonElement, index: number, down: PointerEvent): void {
    if (this.#quad === null || down.button !== 0) {
      return;
    }
    down.preventDefault();
    corner.focus({ preventScroll: true });
    corner.setPointerCapture(down.pointerId);
    const [fromX, fromY] = this.#at(down);
    const [x, y] = this.#quad[index]!;
    const ending = new AbortController();
    const { signal } = ending;
    const follow = (event: PointerEvent, done: boolean): void => {
      const [toX, toY] = this.#at(event);
      this.#move(index, [x + toX - fromX, y + toY - fromY], done);
      this.#magnify(index);
    };
    const end = (event: PointerEvent): void => {
      ending.abort();
      follow(event, true);
      this.#loupe.hidden = true;
    };
    corner.addEventListener('pointermove', (event) => follow(event, false), { signal });
    corner.addEventListener('pointerup', end, { signal });
    corner.addEventListener('pointercancel', end, { signal });
    this.#magnify(index);
  }

  #move(index: number, to: Point, done: boolean): void {
    if (this.#quad === null || this.#photo === null) {
      return;
    }
    const moved = moveCorner(this.#quad, index, to, this.#photo.canvas);
    if (isConvex(moved)) {
      this.#quad = moved;
      this.#render();
    }
    this.actions.moved(this.#quad, done);
  }

  /** Where a pointer is, in px of the picture. */
  #at({ clientX, clientY }: MouseEvent): Point {
    const { width = 0, height = 0 } = this.#photo?.canvas ?? {};
    const box = this.element.getBoundingClientRect();
    return [((clientX - box.left) * width) / box.width, ((clientY - box.top) * height) / box.height];
  }

  /** Shows what the finger covers, in the upper corner that is farther from it. */
  #magnify(index: number): void {
    if (this.#photo === null || this.#quad === null) {
      return;
    }
    const { canvas } = this.#photo;
    const [x, y] = this.#quad[index]!;
    const side = (LOUPE / ZOOM) * (canvas.width / this.element.clientWidth);
    this.#loupe.hidden = false;
    this.#loupe.classList.toggle('right', x < canvas.width / 2);
    this.#loupe.width = this.#loupe.height = 2 * LOUPE;
    const context = this.#loupe.getContext('2d');
    context?.drawImage(canvas, x - side / 2, y - side / 2, side, side, 0, 0, 2 * LOUPE, 2 * LOUPE);
    if (context !== null) {
      drawCross(context);
    }
  }

  #tap(event: MouseEvent): void {
    const point = this.#at(event);
    const other = this.#others.find((quad) => holds(quad, point));
    if (other !== undefined && !(this.#quad !== null && holds(this.#quad, point))) {
      this.actions.chosen(other);
    }
  }
}

const CORNERS = ['corner_0', 'corner_1', 'corner_2', 'corner_3'] as const;

function outline(quad: Quad): string {
  return `M${quad.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
}

function path(name: string, d: string): SVGPathElement {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('class', name);
  element.setAttribute('d', d);
  return element;
}

/** A cross in the middle of the loupe, light with a dark rim. */
function drawCross(context: CanvasRenderingContext2D): void {
  const cross = new Path2D(`M${LOUPE - ARM} ${LOUPE}h${2 * ARM}M${LOUPE} ${LOUPE - ARM}v${2 * ARM}`);
  for (const [colour, width] of [['rgb(0 0 0 / 0.6)', 7], ['#fff', 3]] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(cross);
  }
}

const ARM = 18; // px of the loupe's canvas, which has two for each on the screen
