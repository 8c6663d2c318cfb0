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
