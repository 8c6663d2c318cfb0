// One manifest is written for both browsers; a package for one of them leaves out what only the other reads.

export const BROWSERS = ['chrome', 'firefox'];

/** The manifest for one browser: each would warn about the other's keys. */
export function manifestFor(browser, manifest) {
  const { browser_specific_settings: gecko, minimum_chrome_version: chrome, background, ...common } = manifest;
  const { service_worker, scripts, ...rest } = background;
  return browser === 'chrome'
    ? { ...common, minimum_chrome_version: chrome, background: { ...rest, service_worker } }
    : { ...common, browser_specific_settings: gecko, background: { ...rest, scripts } };
}
