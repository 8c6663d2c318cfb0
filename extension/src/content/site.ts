/** Where this script runs, and whether it may be heard there. */

import type { Settings } from '../shared/settings.ts';

/** The host of the whole tab's page, where a frame can know it; else the frame's own. */
export function hostOfTab(): string {
  const { ancestorOrigins } = location as { readonly ancestorOrigins?: DOMStringList }; // not in every Firefox
  const outermost = ancestorOrigins?.[ancestorOrigins.length - 1];
  if (outermost !== undefined && URL.canParse(outermost)) {
    return new URL(outermost).host;
  }
  try {
    return window.top?.location.host ?? location.host;
  } catch {
    return location.host; // the outer page is of another site
  }
}

export function isOn({ enabled, disabledSites }: Settings, host: string): boolean {
  return enabled && !disabledSites.includes(host);
}

/** The settings with a site on which nothing is shown. */
export function without(settings: Settings, host: string): Settings {
  return { ...settings, disabledSites: [...new Set([...settings.disabledSites, host])].sort() };
}
