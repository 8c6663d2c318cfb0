/** Heat on its way from the server to the page: what is taken, what is refused, and what it looks like. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { parseHeatmap } from '../../../extension/src/heatmap/parse.ts';
import { heatmapColour, INFERNO, infernoAt, OPACITY, opacityAt, rampStops } from '../../../extension/src/heatmap/colormap.ts';
import { type Heatmap, isEmpty, isHeatmapReply, cellsOf, toBase64 } from '../../../extension/src/heatmap/heatmap.ts';
import { ClassifyError } from '../../../extension/src/shared/messages.ts';

const ROOT = new URL('../../../', import.meta.url);

const ANSWER = {
  channel: 'a',
  method: 'gradcam',
  grid: [
    [0, 0.5, 1],
    [0.25, 0, 0.1],
  ],
  box: [0, 45, 480, 315],
  size: [480, 360],
};
const HEAT = parseHeatmap(JSON.stringify(ANSWER), 'a');

test('the server’s numbers become a byte for each place', () => {
  assert.deepEqual({ ...HEAT, grid: '' }, { ok: true, channel: 'a', grid: '', width: 3, height: 2, box: [0, 45, 480, 315], size: [480, 360] });
  assert.deepEqual([...cellsOf(HEAT)], [0, 128, 255, 64, 0, 26]);
  assert.ok(isHeatmapReply(JSON.parse(JSON.stringify(HEAT))));
});

test('a grid as large as the server’s goes through whole', () => {
  const grid = Array.from({ length: 128 }, (_, y) => Array.from({ length: 224 }, (_, x) => ((x * y) % 256) / 255));
  const heat = parseHeatmap(JSON.stringify({ ...ANSWER, grid }), 'a');
  assert.deepEqual([...cellsOf(heat)], grid.flat().map((place) => Math.round(place * 255)));
  assert.ok(isHeatmapReply(heat));
});

const HOSTILE: [string, unknown][] = [
  ['a list', []],
  ['nothing', null],
  ['another channel', { ...ANSWER, channel: 'b' }],
  ['a channel that is none', { ...ANSWER, channel: ['a'] }],
  ['no grid', { ...ANSWER, grid: undefined }],
  ['a grid of text', { ...ANSWER, grid: 'AAAA' }],
  ['an empty grid', { ...ANSWER, grid: [] }],
  ['empty rows', { ...ANSWER, grid: [[], []] }],
  ['rows of several lengths', { ...ANSWER, grid: [[0, 1], [0]] }],
  ['a row that is none', { ...ANSWER, grid: [[0], 0] }],
  ['a first row that is none', { ...ANSWER, grid: ['0', [0]] }],
  ['a row with a length', { ...ANSWER, grid: [[0], { length: 1 }] }],
  ['rows in rows', { ...ANSWER, grid: [[[0]]] }],
  ['text in the grid', { ...ANSWER, grid: [['0.5']] }],
  ['a gap in the grid', { ...ANSWER, grid: [[null]] }],
  ['a place below 0', { ...ANSWER, grid: [[-0.1]] }],
  ['a place above 1', { ...ANSWER, grid: [[1.1]] }],
  ['too many rows', { ...ANSWER, grid: Array.from({ length: 1025 }, () => [0]) }],
  ['a row that is too long', { ...ANSWER, grid: [new Array(1025).fill(0)] }],
  ['no size', { ...ANSWER, size: undefined }],
  ['a size of one side', { ...ANSWER, size: [480] }],
  ['a size of nothing', { ...ANSWER, size: [0, 360] }],
  ['a size of parts', { ...ANSWER, size: [480.5, 360] }],
  ['a size of text', { ...ANSWER, size: ['480', '360'] }],
  ['a size beyond all', { ...ANSWER, size: [1e9, 360] }],
  ['no box', { ...ANSWER, box: undefined }],
  ['a box of three sides', { ...ANSWER, box: [0, 0, 480] }],
  ['a box that leaves the picture', { ...ANSWER, box: [0, 0, 481, 360] }],
  ['a box before the picture', { ...ANSWER, box: [-1, 0, 480, 360] }],
  ['a box of nothing', { ...ANSWER, box: [10, 10, 10, 20] }],
  ['a box upside down', { ...ANSWER, box: [0, 300, 480, 20] }],
  ['a box of parts', { ...ANSWER, box: [0, 0.5, 480, 360] }],
];

for (const [what, answer] of HOSTILE) {
  test(`the server may not answer with ${what}`, () => assertRefused(JSON.stringify(answer)));
}

for (const text of ['', '<!doctype html>', '{"grid": [[NaN]]}', '{"grid": [[1e999]]}']) {
  test(`the server may not answer with ${text || 'an empty text'}`, () => assertRefused(text));
}

function assertRefused(text: string): void {
  assert.throws(
    () => parseHeatmap(text, 'a'),
    (error) => error instanceof ClassifyError && error.reason === 'server' && (error.detail ?? '').startsWith('heat: '),
  );
}

const NO_REPLIES: unknown[] = [
  null,
  {},
  [],
  { ...HEAT, ok: false },
  { ...HEAT, ok: 1 },
  { ...HEAT, channel: 1 },
  { ...HEAT, grid: [0, 1] },
  { ...HEAT, grid: 'AAAA' },
  { ...HEAT, width: 0 },
  { ...HEAT, width: 1.5, height: 4 },
  { ...HEAT, width: 2048, height: 1, grid: 'A'.repeat(2732) },
  { ...HEAT, box: [0, 0, 481, 360] },
  { ...HEAT, size: null },
  { ok: false, reason: 'bored' },
];

for (const value of NO_REPLIES) {
  test(`${inspect(value, { breakLength: Infinity, maxStringLength: 20 })} is no heat`, () => assert.equal(isHeatmapReply(value), false));
}

test('a failure is a reply as well', () => {
  assert.ok(isHeatmapReply({ ok: false, reason: 'server-down', detail: 'refused' }));
});

test('cold is where nothing speaks for a channel', () => {
  const cold = (bytes: number[]): boolean => isEmpty({ ...HEAT, grid: toBase64(Uint8Array.from(bytes)) } satisfies Heatmap);
  for (const count of [1, 2, 3, 4]) assert.ok(cold(new Array<number>(count).fill(0)));
  assert.ok(!cold([0, 0, 1]) && !cold([0, 64]) && !cold([1]));
});

test('the colours are those of the server’s pictures, and of the page that explains', () => {
  const python = readFileSync(new URL('backend/explain/heatmap.py', ROOT), 'utf8');
  const rows = [...python.matchAll(/^ {8}\[(\d+), (\d+), (\d+)\],$/gm)].map((row) => row.slice(1).map(Number));
  assert.deepEqual(rows, INFERNO);
  assert.equal(Number(/^OPACITY = ([\d.]+)/m.exec(python)?.[1]), OPACITY);
  const style = readFileSync(new URL('extension/src/ui/theme.css', ROOT), 'utf8');
  const ramp = /^\.ramp .*/m.exec(style)?.[0] ?? '';
  const hex = (colour: readonly number[]): string => `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
  assert.deepEqual(ramp.match(/#[0-9a-f]{6}/g), INFERNO.map(hex));
});

test('colours lie evenly between the steps, and what is cold is clear', () => {
  for (const [i, colour] of INFERNO.entries()) assert.deepEqual(infernoAt(i / 8), colour);
  assert.deepEqual(infernoAt(1 / 16), [16.5, 6, 39]);
  assert.deepEqual([opacityAt(0), opacityAt(0.25), opacityAt(1)], [0, OPACITY / 2, OPACITY]);
  assert.equal(heatmapColour(0), 'rgb(0 0 4 / 0.000)');
  assert.equal(heatmapColour(1), 'rgb(252 255 164 / 0.800)');
  assert.ok(rampStops().startsWith(heatmapColour(0)) && rampStops().endsWith(heatmapColour(1)));
});
