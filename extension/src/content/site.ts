/** Where this script runs, and whether it may be heard there. */

import type { Settings } from '../shared/settings.ts';

/**
 * The host of the whole tab's page, where a frame can know it; else that of the nearest page around it with an address of
 * the web, which may be its own; else ''.
 */
export function hostOfTab(): string {
  const { ancestorOrigins } = location as { readonly ancestorOrigins?: DOMStringList }; // not in every Firefox
  const outermost = ancestorOrigins?.[ancestorOrigins.length - 1];
  if (outermost !== undefined && URL.canParse(outermost)) {
    return new URL(outermost).host;
  }
  // A frame without an address (`srcdoc`) has its parent's as its base, even where it may not look at its parent.
  return hostOfWindow(window.top) || location.host || hostOfWindow(window.parent) || new URL(document.baseURI).host;
}

/** The host of another window; '' where it is of another site. */
function hostOfWindow(other: Window | null): string {
  try {
    return other?.location.host ?? '';
  } catch {
    return '';
  }
}

/** Nothing is shown where nobody can tell on which site it is: the person could not turn it off there. */
export function isOn({ enabled, disabledSites }: Settings, host: string): boolean {
  return enabled && host !== '' && !disabledSites.includes(host);
}
