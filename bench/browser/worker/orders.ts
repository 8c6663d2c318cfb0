/** What the bench asks its background for, and what it is answered. */

/** In the order of the first turn; every next picture begins one further on. */
export const CONTENDERS = ['ours', 'full', 'nsfwjs', 'onnxruntime'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** Milliseconds by phase. */
export type Phases = Readonly<Record<string, number>>;

export type Order = { type: 'load' } | { type: 'picture'; file: string; turn: number };

export interface Loaded {
  /** TensorFlow.js's, for all that run on it. */
  backend: string;
  threads: number;
  /** From nothing to a warm model; the first that runs on TensorFlow.js also starts WebAssembly. */
  load: Readonly<Record<Contender, number>>;
}

export interface Measured {
  decode: number;
  phases: Readonly<Record<Contender, Phases>>;
  /** Largest difference between a probability of ours and of onnxruntime. */
  difference: number;
}

export interface Failed {
  error: string;
}
