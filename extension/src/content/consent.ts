/**
 * Whether the thumbnail of a video that a page only names may be fetched from YouTube: a request that the page itself
 * does not make. The person is asked, but where the page asks YouTube or Google anyway.
 */

import { isPrivateWindow } from '../shared/browser.ts';
import { changeSettings, loadSettings } from '../shared/settings-store.ts';
import type { Settings } from '../shared/settings.ts';
import { withSite } from '../shared/sites.ts';
import { frontEndOf, saidHere } from './detect/front-end.ts';
import type { Target } from './detect/target.ts';
import type { Hover } from './hover.ts';
import type { Answer, Asking } from './question.ts';
import { hostOfTab } from './site.ts';

/** `ask` leaves *always* and *never* out for front ends: who chose one chose it for itself. */
export type Decision = 'yes' | 'no' | 'ask' | 'ask-here';

/** What is known of a page. */
export interface Page {
  readonly host: string;
  /** Whether it is YouTube's own. */
  readonly isYouTube: boolean;
  /** Whether it is Google's, or has itself loaded something from YouTube. */
  readonly asksGoogle: boolean;
  readonly isFrontEnd: boolean;
  readonly isPrivate: boolean;
}

type Choices = Pick<Settings, 'linkedVideos' | 'linkedSites' | 'unlinkedSites'>;

/** What the settings and the page say together; the answer for the site goes before that for all. */
export function decide({ linkedVideos, linkedSites, unlinkedSites }: Choices, page: Page): Decision {
  if (page.isYouTube) {
    return 'yes'; // it is the page's own picture in another dress
  }
  if (unlinkedSites.includes(page.host)) {
    return 'no';
  }
  if (linkedSites.includes(page.host)) {
    return 'yes';
  }
  if (linkedVideos === 'never') {
    return 'no';
  }
  if (page.asksGoogle || (linkedVideos === 'always' && !page.isFrontEnd)) {
    return 'yes';
  }
  return page.isFrontEnd || page.isPrivate ? 'ask-here' : 'ask';
}

/** What an answer changes in the settings. */
export function settingsFor(answer: Answer, host: string, { linkedSites, unlinkedSites }: Choices): Partial<Settings> {
  switch (answer) {
    case 'always':
    case 'never':
      return { linkedVideos: answer };
    case 'here':
      return { linkedSites: withSite(linkedSites, host, true), unlinkedSites: withSite(unlinkedSites, host, false) };
    case 'not-here':
      return { linkedSites: withSite(linkedSites, host, false), unlinkedSites: withSite(unlinkedSites, host, true) };
  }
}

const YOUTUBE = /^(?:www\.|m\.|music\.)?youtube\.com$/;

/** Hosts of YouTube's: who loads something from there has asked it already. */
const YOUTUBE_HOSTS =
  /(?:^|\.)(?:youtube(?:-nocookie|kids)?\.com|youtu\.be|ytimg\.com|googlevideo\.com|ytimg\.googleusercontent\.com)$/;

/** Every country's Google, as Google itself lists them, and no other site that is called so. */
const ALONE =
  'com ad ae al am as at az ba be bf bg bi bj bs bt by ca cat cd cf cg ch ci cl cm cn cv cz de dj dk dm dz ee es fi fm fr ga ' +
  'ge gg gl gm gr gy hk hn hr ht hu ie im iq is it je jo kg ki kz la li lk lt lu lv md me mg mk ml mn mu mv mw ne nl no nr ' +
  'nu pl pn ps pt ro rs ru rw sc se sh si sk sm sn so sr st td tg tl tm tn to tt vu ws';
const AFTER_COM =
  'af ag ar au bd bh bn bo br bz co cu cy do ec eg et fj gh gi gt hk jm kh kw lb ly mm mt mx my na ng ni np om pa pe pg ph ' +
  'pk pr py qa sa sb sg sl sv tj tr tw ua uy vc vn';
const AFTER_CO = 'ao bw ck cr id il in jp ke kr ls ma mz nz th tz ug uk uz ve vi za zm zw';

const either = (words: string): string => `(?:${words.replaceAll(' ', '|')})`;
const GOOGLE = new RegExp(String.raw`(?:^|\.)google\.(?:${either(ALONE)}|com\.${either(AFTER_COM)}|co\.${either(AFTER_CO)})$`);

/** Whether a host is Google's. */
export function isGoogle(host: string): boolean {
  return GOOGLE.test(host) || /(?:^|\.)[a-z]+\.google$/.test(host);
}

/** Whether a host is one of YouTube's. */
export function isYouTubeHost(host: string): boolean {
  return YOUTUBE_HOSTS.test(host);
}

const KNOWN_MS = 1000;

/** The answers of one page. */
export class Consent {
  readonly #host = hostOfTab();
  /** In a private window: nothing of it is stored, and it ends with the page. */
  #here: boolean | null = null;
  /** What has been stored, until the settings say it too. */
  #stored: { readonly before: Settings; readonly change: Partial<Settings> } | null = null;
  #asksGoogle = false;
  #known: { readonly page: Page; readonly until: number } | null = null;

  constructor(private readonly settings: () => Settings) {}

  /** Whether a thumbnail may be asked for, or has to be asked about first. */
  decide({ named }: Pick<Target, 'named'>): Decision {
    if (!named) {
      return 'yes';
    }
    if (this.#here !== null) {
      return this.#here ? 'yes' : 'no';
    }
    const settings = this.settings();
    return decide(this.#stored?.before === settings ? { ...settings, ...this.#stored.change } : settings, this.#page());
  }

  /** What of a thumbnail may be pointed at: where that of its video may not be fetched, perhaps the page's own picture. */
  permitted(target: Target | null): Target | null {
    if (target === null || this.decide(target) !== 'no') {
      return target;
    }
    return target.shown === null ? null : { ...target, url: target.shown, named: false };
  }

  /** How a thumbnail is asked about; after a yes, what is pointed at is asked for at once. */
  asking(target: Target, hover: Pick<Hover<Target>, 'target' | 'askAgain' | 'dismiss'>): Asking {
    const answer = async (given: Answer): Promise<void> => {
      await this.#answer(given);
      const isCurrent = hover.target?.image === target.image;
      if (isCurrent && this.decide(target) === 'yes') {
        hover.askAgain();
      } else if (isCurrent) {
        hover.dismiss();
      }
    };
    return {
      isForSite: this.decide(target) === 'ask-here',
      isPrivate: isPrivateWindow(),
      answer: (given) => void answer(given),
      leave: () => void hover.dismiss(),
    };
  }

  async #answer(answer: Answer): Promise<void> {
    if (isPrivateWindow()) {
      this.#here = answer === 'here';
    } else {
      const change = settingsFor(answer, this.#host, await loadSettings());
      this.#stored = { before: this.settings(), change };
      await changeSettings(change);
    }
  }

  /** Read at most so often: the pointer moves all the time. */
  #page(): Page {
    const now = performance.now();
    if (this.#known === null || now >= this.#known.until) {
      this.#known = { page: this.#read(), until: now + KNOWN_MS };
    }
    return this.#known.page;
  }

  #read(): Page {
    const { hostname } = location;
    this.#asksGoogle ||= isGoogle(hostname) || isGoogle(nameOf(this.#host)) || hasLoadedFromYouTube();
    return {
      host: this.#host,
      isYouTube: YOUTUBE.test(hostname),
      asksGoogle: this.#asksGoogle,
      isFrontEnd: [this.#host, hostname].some((host) => frontEndOf(host, saidHere()) !== null),
      isPrivate: isPrivateWindow(),
    };
  }
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

/** Whether the page itself has loaded anything from YouTube; what the extension fetches is not among it. */
function hasLoadedFromYouTube(): boolean {
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  // Of these the browser keeps a record only of the first 250.
  const images = Array.from(document.images).filter(({ naturalWidth }) => naturalWidth > 0);
  const frames = document.querySelectorAll<HTMLIFrameElement>('iframe:not([loading="lazy"])');
  const addresses = [...loaded, ...images.map(({ currentSrc }) => currentSrc), ...Array.from(frames, ({ src }) => src)];
  return addresses.some((address) => URL.canParse(address) && isYouTubeHost(new URL(address).hostname));
}
