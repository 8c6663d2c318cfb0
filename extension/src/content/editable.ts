/** Where a person writes: no key may be taken from there. */

import { shadowRootOf } from '../shared/browser.ts';

const EDITABLE = 'input, textarea, select, [role="textbox"], [role="searchbox"], [role="combobox"], [role="spinbutton"]';

/** Whether the focus is where a person writes, also in a page's closed shadow roots. */
export function isFocusEditable(): boolean {
  let element = document.activeElement;
  for (let root = inside(element); root?.activeElement; root = inside(element)) {
    element = root.activeElement;
  }
  return document.designMode === 'on' || (element !== null && isEditable(element));
}

function inside(element: Element | null): ShadowRoot | null {
  return element instanceof HTMLElement ? shadowRootOf(element) : null;
}

function isEditable(element: Element): boolean {
  // Editors that draw their own text have the third; not every browser has it.
  const { isContentEditable = false, editContext = null } = element as Partial<HTMLElement> & { editContext?: unknown };
  return element.matches(EDITABLE) || isContentEditable || editContext !== null;
}
