/** Addresses that other addresses hold: encoded for a URL, as base64 or as hexadecimal digits; no DOM in here. */

export const MAX_LENGTH = 8192; // of an address that is read
const MAX_FOUND = 4; // of each kind: a page may write as many as it likes
const MAX_ESCAPES = 3; // times that an address was encoded

/** How `http:`, `https:` and an object of JSON begin in base64. */
const BASE64_START = /aHR0c[DH]|eyJ/g;
const HEX = /(?<![\da-f])(?:68747470(?:73)?3a2f2f)(?:[\da-f]{2}){4,1000}/gi;

/** An address as it stands, and with its escapes undone as often as there are any. */
export function unescapedForms(address: string): string[] {
  const forms = [address.slice(0, MAX_LENGTH)];
  for (let i = 0; i < MAX_ESCAPES && forms.at(-1)!.includes('%'); i++) {
    // Broken escapes, as where a site cut the address off, stay as they are.
    forms.push(forms.at(-1)!.replaceAll(/(?:%[\da-f]{2})+/gi, unescapedRun));
  }
  return forms;
}

function unescapedRun(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}

/** The addresses (and the objects that may hold some) in base64 or hexadecimal digits in a text, decoded. */
export function decodedAddresses(text: string): string[] {
  const starts = [...text.slice(0, MAX_LENGTH).matchAll(BASE64_START)].slice(0, MAX_FOUND);
  const digits = [...text.slice(0, MAX_LENGTH).matchAll(HEX)].slice(0, MAX_FOUND);
  return [...starts.flatMap(({ index }) => fromBase64(text.slice(index, MAX_LENGTH))), ...digits.map(([hex]) => fromHex(hex))];
}

/**
 * Proxies for pictures (imgproxy, Brave) split a long one by slashes. A slash is also a letter of base64: of the two
 * readings, the right one holds an address.
 */
function fromBase64(text: string): string[] {
  const [letters = ''] = /^[\w+/-]+/.exec(text) ?? [];
  return [letters, letters.replaceAll('/', '')].map(bytesOf);
}

function bytesOf(letters: string): string {
  const base64 = letters.replaceAll('-', '+').replaceAll('_', '/');
  const spare = base64.length % 4 === 1 ? 1 : 0; // of what was cut off
  return atob(base64.slice(0, base64.length - spare));
}

function fromHex(digits: string): string {
  return digits.replaceAll(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
}
