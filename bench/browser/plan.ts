/** How much is measured, and what the browsers are told for it. */
import type { Preferences } from '../../tests/e2e/browser.ts';

export interface Plan {
  /** Measured ones, after `warmUp` more. */
  pictures: number;
  warmUp: number;
  /** Hovers of each extension. */
  hovers: number;
  /** Starts of each kind. */
  starts: number;
}

export const WHOLE: Plan = { pictures: 200, warmUp: 10, hovers: 80, starts: 10 };
/** For machines that check every change: enough to see a ratio that is off by a third. */
export const SHORT: Plan = { pictures: 40, warmUp: 5, hovers: 30, starts: 5 };

/** Firefox rounds its clocks to a millisecond or more, against pages that measure what they should not. */
export const EXACT_CLOCK: Preferences = { 'privacy.reduceTimerPrecision': false };
