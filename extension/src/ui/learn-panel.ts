/** The panel that learns a channel, on a page of our own: above all else, until it is closed. */

import { LEARN_CSS } from '../learn/learn.css.ts';
import { Panel, type PanelOptions } from '../learn/panel.ts';
import { make } from '../shared/dom.ts';

/** Shows the panel; nothing behind it can be pressed. */
export function showPanel(options: PanelOptions): Panel {
  const hosts = [makeHost(), makeHost()] as const;
  const behind = [...document.body.children];
  const closed = (): void => {
    hosts.forEach((host) => host.remove());
    behind.forEach((element) => element.removeAttribute('inert'));
    options.closed();
  };
  const panel = new Panel({ ...options, closed });
  hosts[0].shadowRoot!.append(panel.says);
  hosts[1].shadowRoot!.append(panel.takes);
  document.body.append(...hosts);
  behind.forEach((element) => element.setAttribute('inert', ''));
  panel.focus();
  return panel;
}

/** The look of the panel is for a root of its own; nobody here is kept from looking into it. */
function makeHost(): HTMLElement {
  const host = make('div', 'learn-panel');
  host.attachShadow({ mode: 'open' }).append(make('style', '', `:host { all: initial; }${LEARN_CSS}`));
  return host;
}
