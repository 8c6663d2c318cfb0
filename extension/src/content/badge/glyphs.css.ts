/**
 * The sign of each state, told by its shape as well as by its colour: a disc, a warning triangle, a ring, a cross, an
 * upright bar, three dots, a question mark. Cut out of a square of 10 px, so that a page's policy for pictures forbids and reports nothing.
 */

export const SHAPES = {
  known: 'circle(50%)',
  lookalike:
    'path(evenodd, "M5 0L10 9.6H0zM4.3 3.2h1.4v3h-1.4zM4.3 7.1h1.4v1.4h-1.4z")',
  unknown: 'path(evenodd, "M5 0a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM5 2a3 3 0 1 1 0 6a3 3 0 1 1 0-6z")',
  none: 'path(evenodd, "M5 0a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM5 1.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 1 1 0-7.6z")',
  error:
    'polygon(18% 0, 50% 32%, 82% 0, 100% 18%, 68% 50%, 100% 82%, 82% 100%, 50% 68%, 18% 100%, 0 82%, 32% 50%, 0 18%)',
  short: 'inset(0 25% round 2px)',
  waiting:
    'path("M1.3 3.7a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 1 1 0-2.6zM5 3.7a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 1 1 0-2.6zM8.7 3.7a1.3 1.3 0 1 1 0 2.6a1.3 1.3 0 1 1 0-2.6z")',
  question:
    'path("M1.6 3.1A3.4 3.1 0 0 1 8.4 3.1Q8.4 4.7 6.9 5.5Q5.9 6 5.9 7H4.1Q4.1 5 5.6 4.4Q6.5 4 6.5 3.1A1.5 1.3 0 0 0 3.5 3.1zM4.1 8.1h1.8v1.8H4.1z")',
} as const;

const COLOURS: Readonly<Record<keyof typeof SHAPES, string>> = {
  known: '#4cd07d',
  lookalike: '#ff9f5a',
  unknown: '#f0b43c',
  none: '#b3b3b3',
  error: '#ff6b6b',
  short: '#b3b3b3',
  waiting: '#b3b3b3',
  question: '#8fb8ff',
};

/** Gives `--shape` and `--dot` to what has a state. */
export const STATES_CSS = (Object.keys(SHAPES) as (keyof typeof SHAPES)[])
  .map((state) => `[data-state="${state}"] { --dot: ${COLOURS[state]}; --shape: ${SHAPES[state]}; }`)
  .join('\n');

/** What draws the sign, for a rule of its own. */
export const GLYPH = `
  content: "";
  width: 10px;
  height: 10px;
  background: var(--dot);
  clip-path: var(--shape);
`;
