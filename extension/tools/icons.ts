/** Draws the icon, the ridges of a thumb around a play sign, as `icons/icon.svg` and as the PNGs that Chrome and phones need. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const FOLDER = join(import.meta.dirname, '..', 'icons');
const SIZES = [16, 32, 48, 128];
const PAGE_FOLDER = join(import.meta.dirname, '..', 'src', 'try'); // of the page that phones install
const PAGE_SIZES = [180, 192, 512];
const SAMPLES = 6; // a side of every pixel, for smooth edges

// Everything in units of a 128 x 128 drawing.
const SIDE = 128;
const CORNER = 28;
const GROUND = [38, 50, 110] as const;
const RIDGE = [255, 255, 255] as const;

interface Drawing {
  readonly centre: { readonly x: number; readonly y: number };
  readonly ridges: readonly Ridge[];
  readonly stroke: number;
  readonly play: { readonly left: number; readonly right: number; readonly halfHeight: number };
}

interface Ridge {
  readonly radius: number;
  readonly bottom: number;
}

const WHOLE: Drawing = {
  centre: { x: 64, y: 66 },
  ridges: [
    { radius: 26, bottom: 92 },
    { radius: 43, bottom: 100 },
  ],
  stroke: 9,
  play: { left: 55, right: 77, halfHeight: 13 },
};

/** Two ridges run together in 16 pixels: there, one of two whole pixels, and a larger play sign. */
const SMALL: Drawing = {
  centre: { x: 64, y: 64 },
  ridges: [{ radius: 40, bottom: 102 }],
  stroke: 16,
  play: { left: 48, right: 84, halfHeight: 22 },
};
const SMALL_SIZE = 16;

function insideGround(x: number, y: number): boolean {
  const dx = Math.max(CORNER - x, x - (SIDE - CORNER), 0);
  const dy = Math.max(CORNER - y, y - (SIDE - CORNER), 0);
  return Math.hypot(dx, dy) <= CORNER;
}

/** A ridge is an arch: half a circle on two straight legs with round ends. */
function onRidge(x: number, y: number, { radius, bottom }: Ridge, { centre, stroke }: Drawing): boolean {
  const dx = Math.abs(x - centre.x);
  const distance =
    y < centre.y
      ? Math.abs(Math.hypot(dx, y - centre.y) - radius)
      : Math.hypot(dx - radius, Math.max(0, y - bottom));
  return distance <= stroke / 2;
}

function insidePlay(x: number, y: number, { centre, play: { left, right, halfHeight } }: Drawing): boolean {
  return x >= left && Math.abs(y - centre.y) <= (halfHeight * (right - x)) / (right - left);
}

/** Colour and coverage of the pixel at (column, row) in an icon of `size` pixels: RGBA. */
function pixel(column: number, row: number, size: number): number[] {
  const drawing = size <= SMALL_SIZE ? SMALL : WHOLE;
  let ground = 0;
  let white = 0;
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const x = ((column + ((i % SAMPLES) + 0.5) / SAMPLES) * SIDE) / size;
    const y = ((row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) * SIDE) / size;
    const drawn = insidePlay(x, y, drawing) || drawing.ridges.some((ridge) => onRidge(x, y, ridge, drawing));
    ground += Number(insideGround(x, y));
    white += Number(drawn && insideGround(x, y));
  }
  const share = ground === 0 ? 0 : white / ground;
  const colour = GROUND.map((level, i) => Math.round(level + ((RIDGE[i] ?? 0) - level) * share));
  return [...colour, Math.round((255 * ground) / SAMPLES ** 2)];
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function png(size: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA, the only compression and filter method, not interlaced
  const rows = Array.from({ length: size }, (_, row) => [
    0, // unfiltered
    ...Array.from({ length: size }, (__, column) => pixel(column, row, size)).flat(),
  ]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Uint8Array.from(rows.flat()), { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}

function svg(): string {
  const { centre, stroke, play: sign } = WHOLE;
  const ridges = WHOLE.ridges.map(({ radius, bottom }) => {
    const [left, right] = [centre.x - radius, centre.x + radius].map(String);
    return `M${left} ${bottom}V${centre.y}A${radius} ${radius} 0 0 1 ${right} ${centre.y}V${bottom}`;
  });
  const play = `M${sign.left} ${centre.y - sign.halfHeight}V${centre.y + sign.halfHeight}L${sign.right} ${centre.y}Z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}">
  <rect width="${SIDE}" height="${SIDE}" rx="${CORNER}" fill="rgb(${GROUND.join(' ')})"/>
  <path d="${ridges.join('')}" fill="none" stroke="#fff" stroke-width="${stroke}" stroke-linecap="round"/>
  <path d="${play}" fill="#fff"/>
</svg>
`;
}

writeFileSync(join(FOLDER, 'icon.svg'), svg());
for (const [folder, sizes] of [[FOLDER, SIZES], [PAGE_FOLDER, PAGE_SIZES]] as const) {
  for (const size of sizes) {
    writeFileSync(join(folder, `icon-${size}.png`), png(size));
  }
}
