/** Reads the heatmap that the local server answers with, checked in full: a page draws what comes out of here. */

import { ClassifyError, isObject } from '../shared/messages.ts';
import { type Heatmap, isBoxIn, isSize, MAX_SIDE, toBase64 } from './heatmap.ts';

/** Reads the server's answer about a channel. Throws a ClassifyError (server) that says what is wrong with it. */
export function parseHeatmap(text: string, channel: string): Heatmap {
  const answer = parseJson(text);
  check(isObject(answer), 'no object');
  const { grid, box, size } = answer;
  check(answer['channel'] === channel, 'another channel');
  check(isSize(size), 'size');
  check(isBoxIn(box, size), 'box');
  const rows = rowsOf(grid);
  const width = rows[0]?.length ?? 0;
  return { ok: true, channel, grid: toBase64(cellsIn(rows, width)), width, height: rows.length, box, size };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ClassifyError('server', 'heat: no JSON');
  }
}

/** The rows of a grid: all as long as each other, of at least one cell. */
function rowsOf(grid: unknown): readonly unknown[][] {
  check(Array.isArray(grid) && grid.length >= 1 && grid.length <= MAX_SIDE, 'grid');
  const rows = grid as unknown[];
  const first = rows[0];
  check(Array.isArray(first) && first.length >= 1 && first.length <= MAX_SIDE, 'grid');
  check(rows.every((row) => Array.isArray(row) && row.length === first.length), 'grid');
  return rows as unknown[][];
}

function cellsIn(rows: readonly unknown[][], width: number): Uint8Array {
  const cells = new Uint8Array(rows.length * width);
  rows.flat().forEach((cell, i) => {
    check(typeof cell === 'number' && cell >= 0 && cell <= 1, 'grid');
    cells[i] = Math.round(cell * 255);
  });
  return cells;
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) {
    throw new ClassifyError('server', `heat: ${what}`);
  }
}
