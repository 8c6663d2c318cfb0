import { SIZE_CSS } from '../badge/badge.css.ts';
import { STATES_CSS } from '../badge/glyphs.css.ts';

/**
 * The look of the marks, for a `<style>` in their shadow root; badge.css.ts says why it is one.
 *
 * The element that holds them has no size and no place in the pile of the page: each mark is piled up by itself, at the
 * height of its picture. Every mark has the same box and the same elements, whatever is said.
 */
export const OVERLAY_CSS = `
:host {
  all: initial !important;
  position: absolute !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  pointer-events: none !important;
}
[data-text]::after { content: attr(data-text); }
[hidden] { display: none !important; }
.mark {
  position: absolute;
  top: 0;
  left: 0;
  contain: strict;
  color: #fff;
  font: 500 12.5px/17.5px system-ui, sans-serif;
  --state: #8a8a8a;
}
${STATES_CSS}
.mark:is([data-state="known"], [data-state="lookalike"]) { --state: var(--dot); }
.mark > * { position: absolute; box-sizing: border-box; }
/* Of texts that are new in one frame, Firefox tells several: this one comes a frame earlier than the name. */
${SIZE_CSS}
.cover, .frame, .undo, .name::before { display: none; }
.cover { inset: 0; }
.frame { inset: 0; border: 3px solid var(--state); border-radius: inherit; outline: 1px solid rgb(0 0 0 / 0.55); outline-offset: -4px; }
.mark[data-state="lookalike"] .frame { border-style: dashed; }
.name {
  top: 6px;
  inset-inline-start: 6px;
  max-width: calc(100% - 12px);
  padding: 3px 10px 3px 8px;
  overflow: hidden;
  border-radius: 12px;
  outline: 1px solid rgb(255 255 255 / 0.18);
  background: rgb(15 15 15 / 0.88);
  text-overflow: ellipsis;
  white-space: nowrap;
}
.name::before, .name[data-text=""] { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; background: var(--state); }
.name::before { margin-inline-end: 6px; }
.mark[data-state="lookalike"] .name::before { border-radius: 1px; }

.mark[data-action="mark"]:not([data-state="unknown"]) .frame { display: block; }
/* Without words: a dot, hollow where it is a channel's but not surely. */
.name[data-text=""] {
  margin: 2px;
  padding: 0;
  border: 0;
  outline: 1px solid rgb(0 0 0 / 0.6);
  outline-offset: 1.5px;
  box-shadow: 0 0 0 1.5px rgb(255 255 255 / 0.85);
}
.name[data-text=""]::before { display: none; }
.mark[data-action="quiet"]:not([data-state="unknown"]) .name { width: 10px; height: 10px; border: 2.5px solid var(--state); background: rgb(15 15 15 / 0.75); }
.mark:not([data-drawn]) .name, .mark[data-action="nothing"] .name { visibility: hidden; }

.mark:is([data-action="dim"], [data-action="blur"], [data-action="hide"]) :is(.cover, .undo) { display: block; }
.mark[data-action="dim"] .cover { background: var(--ground); opacity: 0.75; }
.mark[data-action="blur"] .cover { -webkit-backdrop-filter: blur(var(--blur)); backdrop-filter: blur(var(--blur)); }
.mark[data-action="hide"] .cover { border: 1px dashed rgb(128 128 128 / 0.55); border-radius: inherit; background: var(--ground); }
.mark[data-action="hide"] .name {
  top: 50%;
  inset-inline: 0;
  width: fit-content;
  max-height: 41px;
  margin-inline: auto;
  transform: translateY(-50%);
  outline: 0;
  background: none;
  color: var(--quiet);
  font-weight: 400;
  text-align: center;
  white-space: normal;
}
.undo { border-radius: 50%; outline: 1px solid rgb(255 255 255 / 0.3); background: rgb(15 15 15 / 0.88); }
.undo circle { fill: #fff; stroke: none; }
.undo svg { display: block; width: 100%; height: 100%; fill: none; stroke: #fff; stroke-width: 1.7; }
@media print { .mark { display: none; } }
@media (prefers-contrast: more) {
  .frame { border-width: 5px; }
  .name { background: #000; }
}
@media (forced-colors: active) {
  .frame { border-color: Highlight; }
  .name, .undo { outline-color: CanvasText; background: Canvas; color: CanvasText; }
  .name::before, .name[data-text=""] { border: 1px solid CanvasText; }
  .undo svg { stroke: CanvasText; }
  .cover { forced-color-adjust: none; }
}
`;
