/** Reads computed values of style sheets; no DOM in here. */

/** A length along a side: a share of it and px besides. */
export interface Length {
  readonly share: number;
  readonly px: number;
}

const KEYWORDS: Readonly<Record<string, number | undefined>> = { left: 0, top: 0, center: 0.5, right: 1, bottom: 1 };
const VERTICAL = ['top', 'bottom'];
const FAR = ['right', 'bottom'];

/** The layers of a value with commas between them, not those inside of functions and strings. */
export function layersOf(value: string): string[] {
  const layers: string[] = [];
  let depth = 0;
  let layer = '';
  for (const [token] of `${value},`.matchAll(/"(?:[^"\\]|\\.)*"|[^]/g)) {
    depth += Number(token === '(') - Number(token === ')');
    if (token === ',' && depth === 0) {
      layers.push(layer.trim());
      layer = '';
    } else {
      layer += token;
    }
  }
  return layers;
}

/** A layer of a value, which begins anew where it has fewer layers than there are pictures. */
export function layerOf(value: string, index: number): string {
  const layers = layersOf(value);
  return layers[index % layers.length] ?? '';
}

/** The words of a value, each function with its arguments. */
export function wordsOf(value: string): string[] {
  return value.match(/[\w-]*\([^()]*\)|\S+/g) ?? [];
}

/** Reads `12px`, `50%` or `calc(100% - 12px)`; null for anything else, as `auto`. */
export function lengthOf(text: string): Length | null {
  const terms = [...text.matchAll(/([+-]\s+)?([+-]?[\d.]+(?:e[+-]?\d+)?)(px|%)/gi)];
  const sum = (unit: string): number =>
    terms.reduce((all, [, sign, digits, of]) => (of === unit ? all + Number(digits) * (sign?.[0] === '-' ? -1 : 1) : all), 0);
  return terms.length === 0 ? null : { share: sum('%') / 100, px: sum('px') };
}

/** Reads a position in a plane: `50% 50%`, `left 10px`, `right 10px top 5px`; one word leaves the other in the middle. */
export function positionOf(text: string): readonly [x: Length, y: Length] {
  const words = wordsOf(text);
  if (words.length > 2) {
    return edgesOf(words);
  }
  const [first = 'center', second = 'center'] = words;
  const swapped = VERTICAL.includes(first);
  return [placeOf(swapped ? second : first), placeOf(swapped ? first : second)];
}

function placeOf(word: string): Length {
  return lengthOf(word) ?? { share: KEYWORDS[word] ?? 0.5, px: 0 };
}

/** Each edge with the distance to it, where there is one. */
function edgesOf(words: readonly string[]): readonly [x: Length, y: Length] {
  const places = { x: placeOf('center'), y: placeOf('center') };
  words.forEach((word, i) => {
    if (word in KEYWORDS) {
      const distance = lengthOf(words[i + 1] ?? '');
      const axis = VERTICAL.includes(word) || (word === 'center' && i > 0) ? 'y' : 'x';
      places[axis] = distance === null ? placeOf(word) : from(word, distance);
    }
  });
  return [places.x, places.y];
}

function from(edge: string, { share, px }: Length): Length {
  return FAR.includes(edge) ? { share: 1 - share, px: -px } : { share, px };
}

/** The opacity of a computed colour: `rgb(1, 2, 3)`, `rgba(1, 2, 3, 0.5)` or `color(srgb 1 1 1 / 0.5)`. */
export function alphaOf(colour: string): number {
  const alpha = /^rgba\(.*,\s*([\d.]+)\)$/.exec(colour)?.[1] ?? /\/\s*([\d.]+)\s*\)$/.exec(colour)?.[1];
  return colour === 'transparent' ? 0 : alpha === undefined ? 1 : Number(alpha);
}

const GRADIENT = /^(?:-\w+-)?(?:repeating-)?(?:linear|radial|conic)-gradient\(([^]*)\)$/;
const COLOUR = /^(?:(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\([^()]*\)|transparent)/;
const HALF = 0.6; // from dark to nothing, the common shade below a title, is less

/**
 * How much of what is below it a gradient hides, by the stops of its computed value: as much as its faintest part does,
 * or all parts together where that is most of it. Null for what is no gradient.
 */
export function gradientAlpha(layer: string): number | null {
  const stops = layersOf(GRADIENT.exec(layer)?.[1] ?? '').flatMap(stopOf);
  if (stops.length === 0) {
    return null;
  }
  const least = Math.min(...stops.map(({ alpha }) => alpha));
  const mean = meanAlpha(spaced(stops));
  return mean >= HALF ? mean : least;
}

interface Stop {
  readonly alpha: number;
  /** From 0 to 1, where that is said as a share. */
  readonly place: number | null;
}

/** One stop, or two of the same colour. */
function stopOf(text: string): Stop[] {
  const colour = COLOUR.exec(text)?.[0];
  if (colour === undefined) {
    return []; // a direction, or a hint between two colours
  }
  const places = Array.from(text.slice(colour.length).matchAll(/([\d.]+)%/g), ([, share]) => Number(share) / 100);
  return (places.length === 0 ? [null] : places).map((place) => ({ alpha: alphaOf(colour), place }));
}

/** Stops without a place stand evenly between all of them. */
function spaced(stops: readonly Stop[]): { alpha: number; place: number }[] {
  return stops.map(({ alpha, place }, i) => ({ alpha, place: place ?? (stops.length === 1 ? 0 : i / (stops.length - 1)) }));
}

/** Of the whole way from 0 to 1: before the first stop and after the last one their colours go on. */
function meanAlpha(stops: readonly { alpha: number; place: number }[]): number {
  const first = { alpha: stops[0]?.alpha ?? 0, place: 0 };
  const last = { alpha: stops.at(-1)?.alpha ?? 0, place: 1 };
  const all = [first, ...stops, last].map(({ alpha, place }) => ({ alpha, place: Math.min(1, Math.max(0, place)) }));
  return all.slice(1).reduce((sum, { alpha, place }, i) => {
    const before = all[i] ?? first;
    return sum + (Math.max(0, place - before.place) * (alpha + before.alpha)) / 2;
  }, 0);
}

/** The radius of the blur in a computed `filter` or `backdrop-filter`, in px. */
export function blurOf(filter: string): number {
  return Number(/\bblur\(([\d.]+)px\)/.exec(filter)?.[1] ?? 0);
}

/** How strong another function of a filter is, 1 for one that changes nothing. */
export function strengthOf(filter: string, name: 'opacity' | 'brightness'): number {
  return Number(new RegExp(String.raw`\b${name}\(([\d.]+)\)`).exec(filter)?.[1] ?? 1);
}
