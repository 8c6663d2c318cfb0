/** Bytes as text, where only text can be stored or carried. */

export function toBase64(bytes: Uint8Array | Int8Array): string {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return btoa(Array.from(view, (byte) => String.fromCharCode(byte)).join(''));
}

/** Null for a text that is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null; // said by the browser in no other way
  }
}
