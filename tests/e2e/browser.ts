/** Starts a real browser with the extension, all its traffic through the tests' proxy. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type LaunchOptions, type Page, type Viewport } from 'puppeteer-core';
import { Late, until } from './badge.ts';
import { EXTENSION, ROOT } from './fixtures.ts';

export const BROWSERS = ['chromium', 'firefox'] as const;
export type BrowserName = (typeof BROWSERS)[number];

/** Where a browser is: CHROMIUM or FIREFOX in the environment, else what the setup noted. Its absence is a failure. */
function executable(name: BrowserName): string {
  const noted = join(ROOT, 'build/browsers.json');
  const fromSetup = existsSync(noted)
    ? (JSON.parse(readFileSync(noted, 'utf8')) as Partial<Record<BrowserName, string>>)[name]
    : undefined;
  const path = process.env[name.toUpperCase()] ?? fromSetup;
  if (!path || !existsSync(path)) {
    const found = path ? `${path} does not exist` : `${noted} names none`;
    throw new Error(`No ${name}: ${found}; run \`make browsers\` or set ${name.toUpperCase()} to its path`);
  }
  return path;
}

/** Looked up on import, so that a missing browser is one clear failure and not one for each test. */
const EXECUTABLES = { chromium: executable('chromium'), firefox: executable('firefox') };

export interface Session {
  name: BrowserName;
  browser: Browser;
  page: Page;
  /** What the page and the browser wrote to the page's console since it was opened. */
  consoleLines: string[];
  /** Open a file of the extension (`build/options.html`) in a tab of its own. */
  openExtensionPage: (path: string) => Promise<Page>;
  close: () => Promise<void>;
}

/** The size of every page. */
export const VIEWPORT = { width: 1280, height: 900 };

const WELCOME = 'build/welcome.html';
const NOWHERE = 'https://127.0.0.1:9/';

const CHROMIUM_ARGS = [
  '--ignore-certificate-errors',
  '--lang=en-US',
  // Chromium talks to Google by itself, even with --disable-background-networking: clock, search, accounts, updates.
  '--disable-features=NetworkTimeServiceQuerying,PreconnectToSearch,AimEnabled,AutofillServerCommunication',
  `--component-updater=url-source=${NOWHERE}`,
  `--gaia-url=${NOWHERE}`,
  `--gcm-checkin-url=${NOWHERE}`,
];

/** Firefox gives every extension a random host, unless it knows one already; its id is in the manifest. */
const FIREFOX_HOST = '5bd5f2a4-2f0b-4d0e-9a3c-7f1f2f6f4e11';

/** How long Firefox may read a page without a pause, in microseconds: far longer than any page here takes. */
const PARSE_TIME_US = 10_000_000;

const FIREFOX_PREFERENCES = {
  // A busy Firefox pauses in the middle of a page, and with nothing painted yet it now and then never goes on.
  'content.sink.interactive_parse_time': PARSE_TIME_US,
  'content.sink.perf_parse_time': PARSE_TIME_US,
  'extensions.webextensions.uuids': JSON.stringify({ 'thumbprint@extension': FIREFOX_HOST }),
  'intl.accept_languages': 'en-US',
  'network.captive-portal-service.enabled': false, // asks Mozilla whether there is a way out
  'network.connectivity-service.enabled': false,
  'network.proxy.type': 1, // as set here
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
};

export type Preferences = Record<string, string | number | boolean>;

/**
 * Start a browser whose only way out is the proxy at `port`; installs the extension at `extension` if there is one.
 *
 * `preferences` are Firefox's own, beside those that every test has; `direct` is a host that is asked past the proxy;
 * `profile` is the folder of one that is kept, and in which the extension may have been before.
 */
export async function launch(
  name: BrowserName,
  port: number,
  extension: string | null = EXTENSION,
  preferences: Preferences = {},
  direct = '',
  profile = '',
): Promise<Session> {
  const base = name === 'chromium' ? chromiumOptions(port, direct) : firefoxOptions(port, { 'network.proxy.no_proxies_on': direct, ...preferences });
  const options = profile === '' ? base : { ...base, userDataDir: profile };
  try {
    return await start(name, options, extension);
  } catch (error) {
    if (name !== 'firefox' || !(error instanceof Late)) throw error;
    // On a busy machine about one Firefox in a hundred and fifty does not tell an extension that it was installed.
    console.warn(`Firefox is started once more: ${error.message}`);
    return start(name, options, extension);
  }
}

async function start(name: BrowserName, options: LaunchOptions, extension: string | null): Promise<Session> {
  const browser = await puppeteer.launch({
    executablePath: EXECUTABLES[name],
    headless: true,
    acceptInsecureCerts: true,
    defaultViewport: VIEWPORT,
    // Firefox heeds the address of its settings server only with the second variable.
    env: { ...process.env, LANGUAGE: 'en', MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
    ...options,
  });
  try {
    const id = extension === null ? null : await browser.installExtension(extension);
    const origin = name === 'chromium' ? `chrome-extension://${id ?? ''}` : `moz-extension://${FIREFOX_HOST}`;
    const greets = extension !== null && options.userDataDir === undefined && existsSync(join(extension, WELCOME));
    if (greets) await closeWelcome(browser, `${origin}/${WELCOME}`);
    return await openSession(name, browser, origin);
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** The extension greets in a tab of its own, which would hide the tests' page, and hidden pages are not drawn. */
async function closeWelcome(browser: Browser, url: string): Promise<void> {
  let welcome: Page | undefined;
  const look = async (): Promise<boolean> => {
    for (const page of await browser.pages()) {
      // Firefox does not tell the address of a page that an extension opened.
      if ((await page.evaluate(() => location.href).catch(String)) === url) welcome = page;
    }
    return welcome !== undefined;
  };
  await until('the welcome page is open', look, (open) => open);
  await welcome?.close();
}

async function openSession(name: BrowserName, browser: Browser, origin: string): Promise<Session> {
  const page = await browser.newPage();
  const consoleLines: string[] = [];
  page.on('console', (message) => consoleLines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => consoleLines.push(`uncaught: ${String(error)}`));
  const openExtensionPage = (path: string): Promise<Page> => openOwnPage(browser, `${origin}/${path}`);
  return { name, browser, page, consoleLines, openExtensionPage, close: () => browser.close() };
}

async function openOwnPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  // Firefox opens pages of extensions only with system access, and does not tell that they are loaded.
  const opening = page.goto(url, { timeout: 0 }).then(
    () => null,
    (error: unknown) => String(error),
  );
  const state = () => Promise.race([opening, page.evaluate(() => `${location.href} ${document.readyState}`).catch(String)]);
  await until(`${url} is open`, state, (seen) => seen === null || seen === `${url} complete`);
  return page;
}

/** Give a page another size. Firefox before 144 takes the size, and then refuses the driver's wish to turn the screen. */
export async function setViewport(page: Page, viewport: Viewport): Promise<void> {
  await page.setViewport(viewport).catch((error: unknown) => {
    if (!String(error).includes('setScreenOrientationOverride')) throw error;
  });
  const width = () => page.evaluate(() => innerWidth);
  if (!viewport.isMobile) await until('the page has its size', width, (found) => found === viewport.width);
}

function chromiumOptions(port: number, direct: string): LaunchOptions {
  // Chromium's sandbox refuses to run as root, as in most containers.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...CHROMIUM_ARGS, ...sandbox, `--proxy-server=http://127.0.0.1:${port}`, `--proxy-bypass-list=${direct}`];
  return { browser: 'chrome', pipe: true, enableExtensions: true, args };
}

function firefoxOptions(port: number, preferences: Preferences): LaunchOptions {
  const proxy = Object.fromEntries(
    ['http', 'ssl'].flatMap((kind) => [
      [`network.proxy.${kind}`, '127.0.0.1'],
      [`network.proxy.${kind}_port`, port],
    ]),
  ) as Record<string, string | number>;
  const args = ['--remote-allow-system-access'];
  return { browser: 'firefox', args, extraPrefsFirefox: { ...FIREFOX_PREFERENCES, ...proxy, ...preferences } };
}
