/** What a heatmap looks like, as `backend/explain/heatmap.py` draws it: its colours, and how opaque they are. */

type Colour = readonly [red: number, green: number, blue: number];

export const OPACITY = 0.8; // of the hottest cell

/** matplotlib's inferno (Smith and van der Walt, 2015) at nine even steps: perceptually uniform, also in grey. */
export const INFERNO: readonly Colour[] = [
  [0, 0, 4],
  [33, 12, 74],
  [86, 16, 110],
  [137, 34, 106],
  [187, 55, 84],
  [227, 89, 50],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

const RAMP_STEPS = 16;

/** The colour of a number from 0 to 1, each channel 0 to 255. */
export function infernoAt(value: number): Colour {
  const position = value * (INFERNO.length - 1);
  const step = Math.min(Math.floor(position), INFERNO.length - 2);
  const [from, to] = [INFERNO[step]!, INFERNO[step + 1]!];
  const blend = (i: 0 | 1 | 2): number => from[i] + (to[i] - from[i]) * (position - step);
  return [blend(0), blend(1), blend(2)];
}

/** How opaque a number from 0 to 1 is: by the root, so that what is lukewarm can be seen. */
export function opacityAt(value: number): number {
  return OPACITY * Math.sqrt(value);
}

/** The colour of a number from 0 to 1 over a picture, as style sheets and canvases take it. */
export function heatmapColour(value: number): string {
  return `rgb(${infernoAt(value).map(Math.round).join(' ')} / ${opacityAt(value).toFixed(3)})`;
}

/** All colours from cold to hot, as the stops of a gradient. */
export function rampStops(): string {
  return Array.from({ length: RAMP_STEPS + 1 }, (_, i) => heatmapColour(i / RAMP_STEPS)).join(', ');
}
