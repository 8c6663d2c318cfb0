/**
 * The look of the badge, for a `<style>` in its shadow root.
 *
 * Not an adopted style sheet: Firefox refuses those from content scripts. Not `innerHTML` either: pages that demand
 * Trusted Types refuse that. The page's rules cannot reach in; `!important` in `:host` wins against what they say
 * about the host from outside.
 */
export const BADGE_CSS = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 auto auto 0 !important;
  z-index: 2147483647 !important;
  pointer-events: none !important;
}
.badge {
  position: fixed;
  box-sizing: border-box;
  padding: 3px 10px 3px 8px;
  overflow: hidden;
  border-radius: 12px;
  outline: 1px solid rgb(255 255 255 / 0.18);
  background: rgb(15 15 15 / 0.88);
  color: #fff;
  font: 500 12.5px/1.4 system-ui, sans-serif;
  text-align: start;
  overflow-wrap: anywhere;
  pointer-events: none;
  animation: appear 120ms ease-out;
}
.badge::before {
  content: "";
  display: inline-block;
  width: 8px;
  height: 8px;
  margin-inline-end: 6px;
  border-radius: 50%;
  background: var(--dot);
}
.badge[data-state="waiting"] { --dot: #b3b3b3; }
.badge[data-state="known"] { --dot: #4cd07d; }
.badge[data-state="unknown"] { --dot: #f0b43c; }
.badge[data-state="error"] { --dot: #ff6b6b; }
@keyframes appear { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .badge { animation: none; } }
@media (forced-colors: active) { .badge { outline-color: CanvasText; background: Canvas; color: CanvasText; } }
@media print { .badge { display: none; } }
`;
