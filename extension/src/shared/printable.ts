/** Texts from anywhere that a person is to read. */

/** No line breaks, nothing that turns the direction of what follows, no half of a letter. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** Whether a text has at most so many letters, however many units each of them takes. */
export function isShort(text: string, most: number): boolean {
  return text.length <= 2 * most && Array.from(text).length <= most;
}
