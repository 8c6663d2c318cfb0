/** SHA-256, as 64 hexadecimal digits. */

/** Browsers keep theirs from pages that came over plain HTTP, as one in the local network does: there, our own counts. */
export async function sha256(bytes: ArrayBuffer): Promise<string> {
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  const digest = subtle === undefined ? digestOf(bytes) : new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const BLOCK = 64; // bytes
const ROUNDS = 64;
const WORDS = 8;

/** The first 32 bits behind the point of the square and the cube roots of the first primes (FIPS 180-4). */
const PRIMES = Array.from({ length: 400 }, (_, i) => i).filter((n) => n > 1 && !Array.from({ length: n - 2 }, (_, i) => i + 2).some((d) => n % d === 0));
const START = PRIMES.slice(0, WORDS).map((prime) => fraction(Math.sqrt(prime)));
const ROOTS = PRIMES.slice(0, ROUNDS).map((prime) => fraction(Math.cbrt(prime)));

function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

/** The 32 bytes of the digest. */
export function digestOf(bytes: ArrayBuffer): Uint8Array {
  const { byteLength } = bytes;
  const padded = new Uint8Array(Math.ceil((byteLength + 9) / BLOCK) * BLOCK);
  padded.set(new Uint8Array(bytes));
  padded[byteLength] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(byteLength / 2 ** 29));
  view.setUint32(padded.length - 4, (byteLength << 3) >>> 0);
  const state = Uint32Array.from(START);
  const schedule = new Uint32Array(ROUNDS);
  for (let start = 0; start < padded.length; start += BLOCK) {
    expand(view, start, schedule);
    compress(state, schedule);
  }
  const digest = new DataView(new ArrayBuffer(4 * WORDS));
  state.forEach((word, i) => digest.setUint32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function expand(view: DataView, start: number, w: Uint32Array): void {
  for (let i = 0; i < 16; i++) {
    w[i] = view.getUint32(start + 4 * i);
  }
  for (let i = 16; i < ROUNDS; i++) {
    const [early, late] = [w[i - 15]!, w[i - 2]!];
    const small = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const large = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    w[i] = w[i - 16]! + small + w[i - 7]! + large;
  }
}

function compress(state: Uint32Array, w: Uint32Array): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < ROUNDS; i++) {
    const mixed = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const first = (h + mixed + ((e & f) ^ (~e & g)) + ROOTS[i]! + w[i]!) | 0;
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = state[i]! + word));
}
