/** The look of the button that learns a channel, for a `<style>` in its shadow root; badge.css.ts says why it is one. */
export const PILL_CSS = `
:host {
  all: initial !important;
  position: absolute !important;
  inset: 0 auto auto 0 !important;
  width: 0 !important;
  height: 0 !important;
  pointer-events: none !important;
}
[data-text]::after { content: attr(data-text); }
.stand { position: absolute; top: 0; left: 0; width: max-content; height: 36px; contain: layout style; visibility: hidden; }
.pill {
  box-sizing: border-box;
  height: 36px;
  padding: 0 16px;
  border: 1px solid rgb(127 127 127 / 0.55);
  border-radius: 18px;
  background: #fff;
  color: #141414;
  font: 500 14px/34px system-ui, sans-serif;
  white-space: nowrap;
  cursor: pointer;
  pointer-events: auto;
}
.pill::before {
  content: "";
  display: inline-block;
  width: 12px;
  height: 12px;
  margin-inline-end: 7px;
  border-radius: 50%;
  background: #3346b5;
  vertical-align: -1px;
  clip-path: path(evenodd, "M6 0a6 6 0 1 1 0 12a6 6 0 1 1 0-12zM6 2a4 4 0 1 1 0 8a4 4 0 1 1 0-8zM6 4.2a1.8 1.8 0 1 1 0 3.6a1.8 1.8 0 1 1 0-3.6z");
}
.pill:hover { background: #ececec; }
.pill:focus-visible { outline: 3px solid #3346b5; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  .pill { background: #1b1b1b; color: #f4f4f4; }
  .pill::before { background: #8ea0ff; }
  .pill:hover { background: #333; }
  .pill:focus-visible { outline-color: #8ea0ff; }
}
@media (forced-colors: active) { .pill::before { background: ButtonText; forced-color-adjust: none; } }
@media print { .stand { display: none; } }
`;
