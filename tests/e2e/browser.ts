/** Starts a real browser with the extension, all its traffic through the tests' proxy. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer, { type Browser, type LaunchOptions, type Page } from 'puppeteer-core';
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
  close: () => Promise<void>;
}

const VIEWPORT = { width: 1280, height: 900 };

const NOWHERE = 'https://127.0.0.1:9/';

const CHROMIUM_ARGS = [
  '--ignore-certificate-errors',
  '--lang=en-US',
  // Chromium talks to Google by itself, even with --disable-background-networking: clock, accounts, updates.
  '--disable-features=NetworkTimeServiceQuerying',
  `--component-updater=url-source=${NOWHERE}`,
  `--gaia-url=${NOWHERE}`,
];

const FIREFOX_PREFERENCES = {
  'intl.accept_languages': 'en-US',
  'network.proxy.type': 1, // as set here
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
};

/** Start a browser whose only way out is the proxy at `port`; installs the extension at `extension` if there is one. */
export async function launch(name: BrowserName, port: number, extension: string | null = EXTENSION): Promise<Session> {
  const browser = await puppeteer.launch({
    executablePath: EXECUTABLES[name],
    headless: true,
    acceptInsecureCerts: true,
    defaultViewport: VIEWPORT,
    // Firefox heeds the address of its settings server only with the second variable.
    env: { ...process.env, LANGUAGE: 'en', MOZ_REMOTE_SETTINGS_DEVTOOLS: '1' },
    ...(name === 'chromium' ? chromiumOptions(port) : firefoxOptions(port)),
  });
  try {
    if (extension !== null) await browser.installExtension(extension);
    return await openSession(name, browser);
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function openSession(name: BrowserName, browser: Browser): Promise<Session> {
  const page = await browser.newPage();
  const consoleLines: string[] = [];
  page.on('console', (message) => consoleLines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => consoleLines.push(`uncaught: ${String(error)}`));
  return { name, browser, page, consoleLines, close: () => browser.close() };
}

function chromiumOptions(port: number): LaunchOptions {
  // Chromium's sandbox refuses to run as root, as in most containers.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...CHROMIUM_ARGS, ...sandbox, `--proxy-server=http://127.0.0.1:${port}`];
  return { browser: 'chrome', pipe: true, enableExtensions: true, args };
}

function firefoxOptions(port: number): LaunchOptions {
  const proxy = Object.fromEntries(
    ['http', 'ssl'].flatMap((kind) => [
      [`network.proxy.${kind}`, '127.0.0.1'],
      [`network.proxy.${kind}_port`, port],
    ]),
  ) as Record<string, string | number>;
  return { browser: 'firefox', extraPrefsFirefox: { ...FIREFOX_PREFERENCES, ...proxy } };
}
