/** Channels that nobody has: places drawn with a seed, for measuring with many of them. */

const CENTRE = 14; // levels: how far channels are apart,
const WITHIN = 12; // and the thumbnails of one
const MOST_LEVELS = 127;

/** A generator of numbers of a normal distribution. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647; // Park and Miller, 1988
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Places of the thumbnails of a channel, (components,) levels each. */
export function artificialPlaces(channel: number, count: number, components: number): Int8Array<ArrayBuffer>[] {
  const normal = normals(1 + channel);
  const centre = Array.from({ length: components }, () => CENTRE * normal());
  const level = (middle: number): number => Math.max(-MOST_LEVELS, Math.min(MOST_LEVELS, Math.round(middle + WITHIN * normal())));
  return Array.from({ length: count }, () => Int8Array.from(centre, level));
}

/** A file with some of them, as the extension imports it. */
export function artificialFile(from: number, to: number, examples: number, { fingerprint, components }: Space): string {
  const channels = Array.from({ length: to - from }, (_, index) => {
    const channel = from + index;
    const id = `UC${String(channel).padStart(22, '0')}`;
    const places = artificialPlaces(channel, examples, components).map((place, i) => ({
      example: `a${channel}-${i}`.padEnd(11, '_'),
      place: Buffer.from(place.buffer).toString('base64'),
    }));
    return { key: id, id, handle: '', name: `Channel ${channel}`, fingerprint, time: 1, examples: places, browsed: null };
  });
  const exported = '2026-11-30T00:00:00.000Z';
  return JSON.stringify({ schema: 1, kind: 'thumbprint-channels', fingerprint, exported, channels, corrections: [], actions: {} });
}

/** The space of a model. */
export interface Space {
  readonly fingerprint: string;
  readonly components: number;
}
