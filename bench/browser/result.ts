/** The keys of the bench's JSON file, as far as they are not Inference's, Hovers' and Sizes'. */
import type { BrowserName } from '../../tests/e2e/browser.ts';
import type { Hovers } from './hovers.ts';
import type { Inference } from './inference.ts';
import type { Sizes } from './sizes.ts';

/** What is written. A `Spread` is {median, p5, p95, n}; a ratio is ours by the other's, so that less is better. */
export interface Result {
  /** Of this object. */
  schema: 1;
  /** Whether it was the short form. */
  short: boolean;
  /** Of Node, and of the packages that were compared. */
  versions: Record<string, string>;
  /** Our model: from its metadata.json. */
  model: { version: string; dtype: string; height: number; width: number };
  browsers: Partial<Record<BrowserName, BrowserResult>>;
  size: Sizes;
  /** How long the bench itself took. */
  seconds: number;
}

export interface BrowserResult {
  version: string;
  /** In the background: decoding, cropping, scaling, inference; ours, full, nsfwjs, onnxruntime. */
  inference: Inference;
  /** From the pointer to the badge: ours, full. This and what follows are left out where inference alone is measured. */
  hover?: Hovers;
  /** The same, when the browser has ended the background. */
  after_stop?: Hovers;
  /** The same, for the first answer in a fresh browser. */
  first?: Hovers;
}
