/**
 * The look of the badge, its card and the heatmap, for a `<style>` in their shadow roots.
 *
 * Not an adopted style sheet: Firefox refuses those from content scripts. Not `innerHTML` either: pages that demand
 * Trusted Types refuse that. The page's rules cannot reach in; `!important` in `:host` wins against what they say
 * about the host from outside.
 */

import { rampStops } from '../../heatmap/colormap.ts';
import { GLYPH, STATES_CSS } from './glyphs.css.ts';

const HOST_CSS = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  z-index: 2147483647 !important;
  pointer-events: none !important;
}
[data-text]::after { content: attr(data-text); }
[hidden] { display: none !important; }
/* Its size says nothing of what is in it. */
.stand {
  position: fixed;
  width: 280px;
  max-width: calc(100vw - 16px);
  contain: layout size style;
}
`;

/** Of the colours of the card. */
const PAPER_CSS = `
.stand { --paper: #1b1b1b; --ink: #f4f4f4; --faint: #b9b9b9; --line: #7a7a7a; --bar: #4cd07d; --press: #333; }
@media (prefers-color-scheme: light) {
  .stand { --paper: #fff; --ink: #141414; --faint: #595959; --line: #8a8a8a; --bar: #1d7f45; --press: #ececec; }
}
.command {
  padding: 6px 8px;
  border-radius: 6px;
  background: var(--press);
  font: 12px/1.4 ui-monospace, "DejaVu Sans Mono", monospace;
  text-align: left;
  overflow-wrap: anywhere;
  direction: ltr;
}
@media (prefers-contrast: more) {
  .stand { --faint: var(--ink); --line: var(--ink); --bar: var(--ink); }
}
@keyframes appear { from { opacity: 0; } }
@media print { .slot, .dot, .stand, .heat { display: none; } }
`;

/** Of a text that the page is told of in the place of others. */
export const SIZE_CSS = `
/*
 * A browser tells the page the size of its largest text, and of texts that moved. This one, of two full stops that
 * nobody can see, fills what the badge or the card may fill: theirs is never the largest. Wholly transparent text would
 * not count.
 */
.size {
  position: absolute;
  inset: 0;
  overflow: hidden;
  color: rgb(127 127 127 / 0.01);
  font-family: sans-serif;
  white-space: nowrap;
  text-align: justify;
  text-align-last: justify;
  forced-color-adjust: none;
}
`;

/** Of what is to be seen: nothing in it takes the pointer. */
export const BADGE_CSS = `${HOST_CSS}${PAPER_CSS}
.status {
  position: fixed;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
  contain: strict;
}
${SIZE_CSS}.slot { position: fixed; display: flex; align-items: start; contain: layout size style; }
.slot[data-edge="bottom"] { align-items: end; }
.slot[data-side="end"] { justify-content: end; }
/* Where a badge has no room: its sign alone, and the badge beside the picture. */
.dot {
  position: fixed;
  display: grid;
  place-items: center;
  border-radius: 50%;
  outline: 1px solid rgb(255 255 255 / 0.45);
  background: rgb(15 15 15 / 0.88);
  contain: strict;
  animation: appear 120ms ease-out;
}
.dot::before {${GLYPH}}
.badge {
  position: relative;
  min-width: 0;
  box-sizing: border-box;
  padding: 3px 10px 3px 8px;
  overflow: hidden;
  border-radius: 12px;
  outline: 1px solid rgb(255 255 255 / 0.18);
  background: rgb(15 15 15 / 0.88);
  color: #fff;
  font: 500 12.5px/17.5px system-ui, sans-serif;
  text-align: start;
  overflow-wrap: anywhere;
  pointer-events: none;
  animation: appear 120ms ease-out;
}
.text {
  display: -webkit-box;
  overflow: hidden;
  -webkit-box-orient: vertical;
}
.text::before {${GLYPH}
  display: inline-block;
  margin-inline-end: 6px;
}
[data-narrow="true"] .badge { padding-inline: 6px; font-size: 11.5px; line-height: 15px; }
[data-narrow="true"] .text::before { margin-inline-end: 4px; }
${STATES_CSS}
.card {
  position: absolute;
  inset-inline: 0;
  box-sizing: border-box;
  padding: 12px;
  border: 1px solid var(--line);
  border-radius: 12px;
  background: var(--paper);
  box-shadow: 0 6px 24px rgb(0 0 0 / 0.35);
  color: var(--ink);
  font: 13px/1.4 system-ui, sans-serif;
  text-align: left;
  overflow-wrap: anywhere;
  animation: appear 120ms ease-out;
}
.sample { visibility: hidden; animation: none; }
/* The card is mirrored where the page is; each text in it still runs as its own language does. */
[dir="rtl"] .card { text-align: right; }
.card :is(p, span) { unicode-bidi: plaintext; }
/* The list of corrections. */
.choices { margin: 4px -4px 0; }
.choices .note { margin-inline: 4px; }
.choice { box-sizing: border-box; height: 28px; margin: 0; padding: 4px; border-radius: 6px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.choice[data-active="true"] { background: var(--press); outline: 1px solid var(--line); }
/* What is cut off after some lines, as a safeguard. */
.title, .note, .bars span:first-child { display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; }
.title { margin: 0 0 8px; font-size: 14px; font-weight: 600; }
.bars { display: grid; gap: 4px; margin: 0; padding: 0; list-style: none; }
.bars li { display: grid; grid-template-columns: 1fr auto; column-gap: 8px; }
.track { grid-column: 1 / -1; height: 4px; border-radius: 2px; background: var(--press); }
.fill { height: 100%; border-radius: 2px; background: var(--bar); }
.note { margin: 8px 0 0; color: var(--faint); font-size: 12px; }
.legend { display: flex; align-items: center; gap: 8px; margin-top: 10px; color: var(--faint); font-size: 12px; }
/* As over a thumbnail, which is grey below the heatmap. */
.ramp { flex: 1; height: 8px; border-radius: 4px; background: linear-gradient(to right, ${rampStops()}), #8a8a8a; }
[dir="rtl"] .ramp { transform: scaleX(-1); }
.why { display: flow-root; }
.why .note[data-text=""] { margin: 0; }
.command.gap { margin-top: 6px; visibility: hidden; }
/* The colours of the thumbnail could be taken for those of the heatmap: as in the server's pictures, it is grey. */
.heat {
  position: fixed;
  overflow: hidden;
  -webkit-backdrop-filter: grayscale(1);
  backdrop-filter: grayscale(1);
  pointer-events: none;
  animation: appear 160ms ease-out;
}
.heat canvas { position: absolute; }
@media (prefers-contrast: more) {
  .badge, .dot { outline: 2px solid #fff; background: #000; box-shadow: 0 0 0 3px #000; }
  .card { border-width: 2px; padding: 11px; }
  .track { outline: 1px solid var(--ink); }
}
@media (prefers-reduced-motion: reduce) { .badge, .dot, .card, .heat { animation: none; } }
@media (forced-colors: active) {
  .badge, .dot { outline-color: CanvasText; background: Canvas; color: CanvasText; }
  .text::before, .dot::before { background: CanvasText; forced-color-adjust: none; }
  .track { border: 1px solid CanvasText; }
  .fill { background: Highlight; forced-color-adjust: none; }
  .ramp { border: 1px solid CanvasText; forced-color-adjust: none; }
  .choice[data-active="true"] { outline: 2px solid Highlight; }
}
`;

/** Of what can be pressed. */
export const CARD_CSS = `${HOST_CSS}${PAPER_CSS}
.stand {
  color: var(--ink);
  font: 13px/1.4 system-ui, sans-serif;
  cursor: default;
  pointer-events: auto;
  animation: appear 120ms ease-out;
}
.actions { position: absolute; inset-inline: 13px; display: flex; flex-wrap: wrap; gap: 6px; }
.actions button { unicode-bidi: plaintext; }
.actions button {
  padding: 4px 10px;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: none;
  color: inherit;
  font: inherit;
  text-decoration: none;
  cursor: pointer;
}
.actions button:hover { background: var(--press); }
.actions [aria-pressed="true"], .actions [aria-pressed="true"]:hover {
  border-color: var(--ink);
  background: var(--ink);
  color: var(--paper);
}
.actions .list, .actions .list:hover { position: absolute; inset-inline: 0; padding: 0; border-color: transparent; background: none; }
.actions button:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
.actions .list:focus-visible { outline-offset: 5px; }
.command { position: absolute; inset: auto 13px 13px; box-sizing: border-box; user-select: all; }
@media (prefers-reduced-motion: reduce) { .stand { animation: none; } }
@media (forced-colors: active) {
  .actions [aria-pressed="true"] { background: Highlight; color: HighlightText; forced-color-adjust: none; }
}
`;
