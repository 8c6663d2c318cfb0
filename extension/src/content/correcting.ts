/** Corrections of the answer whose card is open: the list of them, what is said to the background, and the way back. */

import type { MyChannel } from '../shared/learning.ts';
import { reasonText } from '../shared/i18n.ts';
import { type ClassifyResult, messageOf } from '../shared/messages.ts';
import { correct, openChannel, requestChannels } from './background-client.ts';
import { CorrectCard } from './badge/correct-card.ts';
import { type Choice, choicesOf } from './badge/corrections.ts';
import type { Locale } from './badge/view-model.ts';
import type { Target } from './detect/target.ts';
import type { Uploader } from './detect/uploader.ts';
import { videoOf } from './glance/thumbnail.ts';
import type { Hover } from './hover.ts';

export interface CorrectingOptions {
  readonly hover: () => Pick<Hover<Target>, 'target' | 'askAgain' | 'dismiss'>;
  readonly locale: () => Locale;
  /** Shows a card in the place of the one that is open. */
  readonly expand: (card: CorrectCard, target: Target) => void;
  readonly announce: (text: string) => void;
}

export class Correcting {
  readonly #corrected = new Set<string>();
  #channels: readonly MyChannel[] = [];
  #card: CorrectCard | null = null;

  constructor(private readonly options: CorrectingOptions) {}

  /** Whether a thumbnail was corrected on this page. */
  isCorrected({ url }: Target): boolean {
    return this.#corrected.has(videoOf(url));
  }

  /** Shows what can be said of an answer, or takes back what was said. */
  start(target: Target, reply: ClassifyResult, uploader: Uploader | null): void {
    if (this.isCorrected(target)) {
      void this.#undo(target);
      return;
    }
    const { announce } = this.options;
    const { localise } = this.options.locale();
    const card = new CorrectCard({
      localise,
      announce,
      choices: (query) => choicesOf(reply, uploader, this.#channels, query, localise),
      choose: (choice) => void this.#choose(card, choice, target),
      leave: () => this.options.hover().askAgain(),
    });
    this.#card = card;
    this.options.expand(card, target);
    void this.#load(card);
  }

  /** Takes a key for the list, where it is open. */
  press(event: KeyboardEvent): boolean {
    return this.#card?.press(event) ?? false;
  }

  /** The list is there no more. */
  end(): void {
    this.#card = null;
  }

  async #load(card: CorrectCard): Promise<void> {
    try {
      this.#channels = await requestChannels();
      card.update();
    } catch (error) {
      console.warn(`Thumbprint: the channels were not told: ${messageOf(error)}`);
    }
  }

  async #choose(card: CorrectCard, { correction }: Choice, target: Target): Promise<void> {
    if (correction.kind === 'learn') {
      openChannel(correction.channel);
      this.options.hover().dismiss();
      return;
    }
    const { kind, key } = correction;
    if (await this.#say(card, target, kind === 'not' ? key : '', kind === 'is' ? key : '')) {
      this.#corrected.add(videoOf(target.url));
      this.#answerAnew(target);
    }
  }

  async #undo(target: Target): Promise<void> {
    if (await this.#say(null, target, '', '')) {
      this.#corrected.delete(videoOf(target.url));
      this.#answerAnew(target);
    }
  }

  async #say(card: CorrectCard | null, { url }: Target, not: string, is: string): Promise<boolean> {
    const failure = await correct(url, not, is);
    if (failure !== null) {
      const { localise } = this.options.locale();
      const text = localise('correct_failed', [reasonText(failure, localise)]);
      (card ?? { fail: this.options.announce }).fail(text);
    }
    return failure === null;
  }

  #answerAnew({ image }: Target): void {
    const hover = this.options.hover();
    if (hover.target?.image === image) {
      hover.askAgain();
    }
  }
}
