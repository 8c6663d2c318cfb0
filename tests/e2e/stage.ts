/** A browser with its own small internet around it. */
import { hover, leave, readBadge, until } from './badge.ts';
import { launch, type BrowserName, type Preferences, type Session } from './browser.ts';
import type { Thumbnail } from './fixtures.ts';
import { PAGES, type PageName } from './pages.ts';
import { serve, type Site, type StaticFiles } from './server.ts';

export interface Stage extends Session {
  site: Site;
}

interface Props {
  thumbnails?: readonly Thumbnail[];
  files?: StaticFiles | undefined;
  /** The folder of another extension than the prepared one; null for a browser without any. */
  extension?: string | null;
  preferences?: Preferences;
  /** A host that is asked past the proxy. */
  direct?: string;
  /** The folder of a profile that is kept. */
  profile?: string;
}

/** Start the server and the browser; `close` ends both. */
export async function setStage(name: BrowserName, { thumbnails = [], files, extension, preferences, direct, profile }: Props): Promise<Stage> {
  const site = await serve(thumbnails, files);
  try {
    const session = await launch(name, site.port, extension, preferences, direct, profile);
    const close = async (): Promise<void> => {
      await session.close();
      await site.close();
    };
    return { ...session, site, close };
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** Load a page and wait until the content script answers the pointer, tried with the picture `id`. */
export function openPage(stage: Stage, name: PageName, id: string): Promise<void> {
  return openAddress(stage, PAGES[name], id);
}

/** Load the page at `url` as `openPage` does. */
export async function openAddress({ page, consoleLines }: Stage, url: string, id: string): Promise<void> {
  consoleLines.length = 0;
  await page.goto(url, { waitUntil: 'load' });
  let nudge = 0;
  const touch = async () => {
    nudge = 1 - nudge; // the pointer must move to be noticed, and stay on the picture to be answered
    await hover(page, id, nudge);
    return readBadge(page);
  };
  await until('the content script', touch, (badge) => badge !== null);
  await leave(page);
}
