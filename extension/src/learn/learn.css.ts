/**
 * The look of the panel, for a `<style>` in its roots.
 *
 * Its size and the places of everything that can be pressed are the same whatever it says.
 */

export const LEARN_CSS = `
.sheet {
  position: fixed;
  z-index: 2147483647;
  top: 12px;
  right: 12px;
  display: grid;
  grid-template: 118px minmax(0, 1fr) 68px / minmax(0, 1fr);
  box-sizing: border-box;
  width: min(440px, 100vw - 24px);
  height: min(740px, 100vh - 24px);
  contain: strict;
  border: 1px solid transparent;
  border-radius: 16px;
  color: var(--ink);
  font: 14px/1.4 system-ui, sans-serif;
  text-align: left;
  direction: ltr;
  color-scheme: light dark;
  --paper: #1b1b1b; --ink: #f4f4f4; --faint: #b9b9b9; --line: #7a7a7a; --press: #333; --accent: #8ea0ff; --on-accent: #10142e;
  --good: #4cd07d; --bad: #ff8f80;
}
@media (prefers-color-scheme: light) {
  .sheet { --paper: #fff; --ink: #141414; --faint: #595959; --line: #8a8a8a; --press: #ececec; --accent: #3346b5; --on-accent: #fff; --good: #1d7f45; --bad: #b3261e; }
}
@media (prefers-contrast: more) { .sheet { --faint: var(--ink); --line: var(--ink); } }
.sheet [data-text]::after { content: attr(data-text); }
.sheet [hidden] { display: none; }
.says { overflow: hidden; border-color: var(--line); background: var(--paper); box-shadow: 0 10px 40px rgb(0 0 0 / 0.45); pointer-events: none; }
.takes { pointer-events: auto; cursor: default; }
.takes:focus { outline: none; }
.top { overflow: hidden; padding: 14px 16px 0; }
.top h2, .body h3 { margin: 0; font-size: 17px; line-height: 24px; font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lead { display: -webkit-box; margin: 2px 0 0; height: 60px; overflow: hidden; color: var(--faint); -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow-wrap: anywhere; }
.lead.problem { color: var(--bad); }
.bar { height: 4px; margin-top: 6px; border-radius: 2px; background: var(--press); overflow: hidden; }
.fill { height: 100%; background: var(--accent); transform-origin: left; }
.body { position: relative; overflow: hidden; }
.takes .body { overflow-y: auto; scrollbar-width: thin; border-block: 1px solid transparent; }
.says .body { border-block: 1px solid var(--press); }
.content { padding: 10px 16px 16px; }
.tools { display: flex; flex-wrap: wrap; gap: 8px; height: 34px; margin-bottom: 8px; overflow: hidden; }
.grid { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; margin: 0; padding: 0; list-style: none; }
.cell { position: relative; display: block; box-sizing: border-box; width: 100%; aspect-ratio: 16 / 9; padding: 0; border: 0; border-radius: 8px; background: none; overflow: hidden; }
.says .cell { background: var(--press); }
.cell canvas { display: block; width: 100%; height: 100%; }
.cell[data-ticked="false"] canvas { opacity: 0.35; }
.tick { position: absolute; top: 5px; left: 5px; display: grid; place-items: center; width: 20px; height: 20px; border-radius: 6px; outline: 1.5px solid #fff; background: rgb(15 15 15 / 0.75); }
.tick::before { content: ""; width: 12px; height: 12px; background: currentColor; }
[data-ticked="true"] .tick { background: var(--accent); color: var(--on-accent); }
[data-ticked="true"] .tick::before, [data-mark="right"] .tick::before { clip-path: polygon(8% 50%, 22% 36%, 40% 54%, 78% 14%, 92% 28%, 40% 82%); }
[data-ticked="false"] .tick { outline-color: var(--ink); background: var(--paper); }
[data-ticked="false"] .tick::before { display: none; }
[data-mark] .tick { border-radius: 50%; outline-color: rgb(15 15 15 / 0.6); background: #fff; }
[data-mark="right"] .tick { color: #1d7f45; }
[data-mark="wrong"] .tick { color: #b3261e; }
[data-mark="wrong"] .tick::before { clip-path: polygon(20% 8%, 50% 38%, 80% 8%, 92% 20%, 62% 50%, 92% 80%, 80% 92%, 50% 62%, 20% 92%, 8% 80%, 38% 50%, 8% 20%); }
.cell .name { position: absolute; inset: auto 0 0; padding: 1px 6px; background: rgb(15 15 15 / 0.8); color: #fff; font-size: 11px; line-height: 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.body h3 { margin: 14px 0 6px; font-size: 13px; line-height: 20px; }
.note { margin: 0 0 4px; overflow-wrap: anywhere; }
.space { height: 620px; }
.bottom { display: flex; flex-wrap: wrap; align-content: center; gap: 6px; padding: 0 16px; overflow: hidden; }
.takes button:not(.cell) { padding: 7px 13px; border: 1px solid var(--line); border-radius: 10px; background: none; color: inherit; font: inherit; font-size: 13.5px; line-height: 18px; cursor: pointer; white-space: nowrap; }
.takes .tools button { padding: 4px 10px; font-size: 13px; }
.takes [inert] .tools { opacity: 0.4; }
.takes button:not(.cell):hover { background: var(--press); }
.takes button.first:not(.cell), .takes button.first:not(.cell):hover { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
.takes .cell { cursor: pointer; }
.takes button:focus-visible, .takes .body:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.takes :is(.cell, .body):focus-visible { outline-offset: -3px; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; contain: strict; }
@media (max-width: 420px) {
  .sheet { top: 8px; right: 8px; left: 8px; width: auto; height: calc(100vh - 16px); grid-template-rows: 126px minmax(0, 1fr) 64px; }
  .top, .content { padding-inline: 12px; }
  .bottom { gap: 5px; padding-inline: 12px; }
  .takes button:not(.cell) { padding-inline: 9px; font-size: 13px; }
}
@media (forced-colors: active) {
  .says { border-color: CanvasText; background: Canvas; }
  .tick { forced-color-adjust: none; outline-color: CanvasText; background: Canvas; color: CanvasText; }
  [data-ticked="true"] .tick, [data-mark] .tick { background: Canvas; color: CanvasText; }
  .fill { forced-color-adjust: none; background: Highlight; }
  .bar { border: 1px solid CanvasText; }
  .takes .first { border-width: 2px; }
}
@media print { .sheet { display: none; } }
`;
