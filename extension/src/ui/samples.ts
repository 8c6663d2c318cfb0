/** Pictures in the manner of thumbnails, drawn here: nobody's work, and no file to carry along. */

import { make } from '../shared/dom.ts';

export const SAMPLES = ['code', 'board', 'hills', 'poster'] as const;
type Sample = (typeof SAMPLES)[number];

type Brush = CanvasRenderingContext2D;

const WIDTH = 320;
const HEIGHT = 180;

/** A picture of 320x180 pixels, the size in which YouTube lists videos. */
export function drawSample(sample: Sample): HTMLCanvasElement {
  const canvas = make('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const brush = canvas.getContext('2d');
  if (brush !== null) {
    PAINTERS[sample](brush);
  }
  return canvas;
}

const PAINTERS: Readonly<Record<Sample, (brush: Brush) => void>> = { code, board, hills, poster };

/** A dark screen with lines of code and two big words. */
function code(brush: Brush): void {
  fill(brush, '#12131c', 0, 0, WIDTH, HEIGHT);
  const colours = ['#7aa2f7', '#9ece6a', '#e0af68', '#bb9af7'];
  for (let line = 0; line < 11; line++) {
    let x = 14 + 12 * (line % 3);
    for (let word = 0; word < 4; word++) {
      const length = 14 + ((line * 37 + word * 53) % 38);
      fill(brush, colours[(line + word) % 4] ?? '', x, 12 + line * 15, length, 6);
      x += length + 8;
    }
  }
  fill(brush, 'rgb(18 19 28 / 0.72)', 0, 58, WIDTH, 68);
  write(brush, '100 LINES', { size: 52, colour: '#ffffff', x: WIDTH / 2, y: 110 });
}

/** Chalk on green: a circle, its triangle and a formula. */
function board(brush: Brush): void {
  fill(brush, '#24503f', 0, 0, WIDTH, HEIGHT);
  frame(brush, '#a9793f', 10);
  brush.strokeStyle = '#f3f1e4';
  brush.lineWidth = 3;
  brush.beginPath();
  brush.arc(92, 92, 52, 0, 2 * Math.PI);
  brush.moveTo(40, 92);
  brush.lineTo(144, 92);
  brush.lineTo(74, 43);
  brush.closePath();
  brush.stroke();
  write(brush, 'a² + b²', { size: 34, colour: '#f6d365', x: 228, y: 84 });
  write(brush, '= c²', { size: 34, colour: '#f3f1e4', x: 228, y: 126 });
}

/** An evening landscape: a low sun and three rows of hills. */
function hills(brush: Brush): void {
  const sky = brush.createLinearGradient(0, 0, 0, HEIGHT);
  sky.addColorStop(0, '#33467f');
  sky.addColorStop(0.6, '#f0996b');
  sky.addColorStop(1, '#ffd9a0');
  brush.fillStyle = sky;
  brush.fillRect(0, 0, WIDTH, HEIGHT);
  disc(brush, '#fff3cf', 226, 92, 26);
  for (const [row, colour] of ['#7a5a86', '#4b3f6b', '#221f3d'].entries()) {
    brush.fillStyle = colour;
    brush.beginPath();
    brush.moveTo(0, HEIGHT);
    for (let x = 0; x <= WIDTH; x += 4) {
      brush.lineTo(x, 108 + row * 24 - 16 * Math.sin(x / (38 + 9 * row) + row * 2));
    }
    brush.lineTo(WIDTH, HEIGHT);
    brush.fill();
  }
}

/** A loud poster: two plain colours, an arrow and a question. */
function poster(brush: Brush): void {
  fill(brush, '#ffcf23', 0, 0, WIDTH, HEIGHT);
  brush.fillStyle = '#e5322d';
  brush.beginPath();
  brush.moveTo(190, 0);
  brush.lineTo(WIDTH, 0);
  brush.lineTo(WIDTH, HEIGHT);
  brush.lineTo(130, HEIGHT);
  brush.fill();
  disc(brush, '#ffffff', 240, 96, 54);
  disc(brush, '#27304f', 240, 96, 40);
  write(brush, '?', { size: 68, colour: '#ffffff', x: 240, y: 120 });
  write(brush, 'WHY', { size: 58, colour: '#1a1a1a', x: 84, y: 84 });
  write(brush, 'NOT', { size: 58, colour: '#e5322d', x: 78, y: 142 });
}

function fill(brush: Brush, colour: string, x: number, y: number, width: number, height: number): void {
  brush.fillStyle = colour;
  brush.fillRect(x, y, width, height);
}

function frame(brush: Brush, colour: string, width: number): void {
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.strokeRect(width / 2, width / 2, WIDTH - width, HEIGHT - width);
}

function disc(brush: Brush, colour: string, x: number, y: number, radius: number): void {
  brush.fillStyle = colour;
  brush.beginPath();
  brush.arc(x, y, radius, 0, 2 * Math.PI);
  brush.fill();
}

interface Lettering {
  readonly size: number;
  readonly colour: string;
  readonly x: number;
  readonly y: number;
}

function write(brush: Brush, text: string, { size, colour, x, y }: Lettering): void {
  brush.font = `800 ${size}px system-ui, sans-serif`;
  brush.textAlign = 'center';
  brush.fillStyle = colour;
  brush.fillText(text, x, y);
}
