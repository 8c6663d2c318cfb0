/** The whole page at a glance: every thumbnail in view has its mark, as long as this runs. */

import { browserLanguage, isAlive } from '../../shared/browser.ts';
import { languageOf, localiser } from '../../shared/i18n.ts';
import type { Settings } from '../../shared/settings.ts';
import { classifyLater, notify } from '../background-client.ts';
import { listen } from '../../shared/trusted-events.ts';
import type { Seen } from '../seen.ts';
import { Finder } from './finder.ts';
import type { Point } from './nearness.ts';
import { watchPresses } from './presses.ts';
import { Requests } from './requests.ts';
import type { MayFetch } from './thumbnail.ts';
import { View } from './view.ts';

const SOON_MS = 100; // from a change of the page to a look
const LOOK_MS = 500; // from look to look: pages also move things without any event

export class Glance {
  readonly #running = new AbortController();
  readonly #view: View;
  readonly #requests: Requests;
  #point: Point | null = null;
  #frame = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #isThorough = true;
  #told: number | null = null;

  constructor(private settings: Settings, mayFetch: MayFetch, seen: Pick<Seen, 'note'>) {
    const { signal } = this.#running;
    this.#requests = new Requests({
      ask: classifyLater,
      wanted: () => this.#view.wanted(this.#point ?? { x: innerWidth / 2, y: innerHeight / 2 }),
      answered: () => this.#follow(),
    });
    this.#view = new View({
      answerFor: (url) => this.#requests.get(url),
      actions: () => this.settings.actions,
      mayFetch,
      seen: (url, reply, uploader) => seen.note(url, reply, uploader),
      localise: () => localiser(languageOf(this.settings.language, browserLanguage())),
    });
    notify({ type: 'glance-count', count: '' }); // the page is another than that of the last count
    this.#find(signal);
    this.#watchPage(signal);
    this.#watchPoint(signal);
    watchPresses((x, y) => this.#view.coveredAt(x, y), (url) => this.show(url), signal);
  }

  /** Leaves the page as if nothing had been there. */
  stop(): void {
    this.#running.abort();
    this.#requests.pause(true);
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#soon);
    this.#view.remove();
    if (isAlive()) {
      notify({ type: 'glance-count', count: '' });
    }
  }

  /** Takes other settings: what is drawn changes at once. */
  change(settings: Settings): void {
    if (settings.knownRecall !== this.settings.knownRecall) {
      this.#requests.clear();
    }
    this.settings = settings;
    this.#view.forgetMarks();
    this.#lookAround();
  }

  /** Shows the video of a thumbnail, until the page is loaded again. */
  show(url: string): void {
    this.#view.show(url);
    this.#lookAround();
  }

  /** Shows every video, likewise. */
  showAll(): void {
    this.#view.showAll();
    this.#lookAround();
  }

  #find(signal: AbortSignal): void {
    const entered = (element: Element): void => {
      this.#view.enter(element);
      this.#follow();
    };
    const left = (element: Element): void => {
      const url = this.#view.leave(element);
      if (url !== null) {
        this.#requests.forgetFailure(url);
        this.#follow();
      }
    };
    const changed = (): void => {
      this.#soon ??= setTimeout(() => {
        this.#soon = undefined;
        this.#follow();
      }, SOON_MS);
    };
    new Finder({ entered, left, changed, loaded: () => this.#follow() }, signal).start();
  }

  #watchPage(signal: AbortSignal): void {
    const options = { capture: true, passive: true, signal };
    for (const type of ['scroll', 'transitionrun', 'transitionend', 'animationend', 'fullscreenchange']) {
      listen(document, type, () => this.#follow(), options);
    }
    listen(window, 'resize', () => this.#follow(), options);
    const pause = (isGone: boolean): void => this.#requests.pause(isGone || document.visibilityState === 'hidden');
    listen(document, 'visibilitychange', () => pause(false), options);
    listen(window, 'pagehide', () => pause(true), options);
    listen(window, 'pageshow', () => pause(false), options);
    pause(false);
    const timer = setInterval(() => this.#lookAround(), LOOK_MS);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  #watchPoint(signal: AbortSignal): void {
    const options = { capture: true, passive: true, signal };
    const move = ({ pointerType, clientX, clientY }: PointerEvent): void => {
      this.#point = pointerType === 'touch' ? null : { x: clientX, y: clientY };
    };
    const leave = ({ relatedTarget }: PointerEvent): void => {
      this.#point = relatedTarget === null ? null : this.#point;
    };
    listen(document, 'pointermove', move, options);
    listen(document, 'pointerout', leave, options);
  }

  #lookAround(): void {
    this.#isThorough = true;
    this.#follow();
  }

  /** Has everything drawn where it is then, with the next frame: in a hidden tab there is none. */
  #follow(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!isAlive()) {
        this.stop(); // the extension was reloaded and this script is left behind
      } else if (!this.#running.signal.aborted) {
        this.#view.draw(this.#isThorough);
        this.#isThorough = false;
        this.#requests.update();
        this.#tell(this.#view.count());
      }
    });
  }

  #tell(count: number): void {
    if (count !== this.#told) {
      this.#told = count;
      notify({ type: 'glance-count', count: String(count) });
    }
  }
}
