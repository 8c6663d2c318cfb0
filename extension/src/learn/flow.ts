/** Learning a channel from beginning to end: what is chosen, what is asked, and where a person is; no DOM in here. */

import {
  type ChannelIdentity,
  type Example,
  FEWEST,
  isSameChannel,
  MOST_CHANNELS,
  MOST_EXAMPLES,
  type MyChannel,
  type PreviewReply,
} from '../shared/learning.ts';
import { type ClassifyFailure, isFailure } from '../shared/messages.ts';
import { type Ask, askTwice, type Failed, isChange, isChannels, isDone, isPreview, readExamples } from './requests.ts';

export type State =
  | { readonly step: 'choose' }
  | { readonly step: 'reading'; readonly done: number; readonly of: number }
  | { readonly step: 'preview'; readonly preview: PreviewReply; readonly failed: readonly Failed[] }
  | { readonly step: 'keeping' }
  | { readonly step: 'done'; readonly change: string; readonly count: number }
  | { readonly step: 'undone' }
  /** Learning is not possible at all where there is no `back`. */
  | { readonly step: 'problem'; readonly failure: ClassifyFailure; readonly back: boolean };

export interface FlowOptions {
  readonly channel: ChannelIdentity;
  readonly ask: Ask;
  /** In a private window nothing is kept. */
  readonly isPrivate: boolean;
}

let flows = 0;

export class Flow {
  readonly #name = `learn-${Math.random().toString(36).slice(2)}-${++flows}`;
  readonly #ticked = new Map<Example, boolean>();
  #state: State = { step: 'choose' };
  #known: MyChannel | null = null;
  #isFull = false;
  #isShort = false;
  #reading: AbortController | null = null;
  #requests = 0;
  #read: readonly Example[] = [];
  /** Called whenever something has changed. */
  changed: () => void = () => undefined;

  constructor(private readonly options: FlowOptions) {}

  get channel(): ChannelIdentity {
    return this.options.channel;
  }

  get state(): State {
    return this.#state;
  }

  /** Everything that can be learnt from, in order, and whether it is ticked. */
  get examples(): ReadonlyMap<Example, boolean> {
    return this.#ticked;
  }

  get ticked(): readonly Example[] {
    return [...this.#ticked].filter(([, isTicked]) => isTicked).map(([example]) => example).slice(0, MOST_EXAMPLES);
  }

  /** What is known of the channel already; null where it is new. */
  get known(): MyChannel | null {
    return this.#known;
  }

  /** How many of those that are ticked are not known yet. */
  get fresh(): number {
    return this.ticked.filter((example) => !this.#known?.examples.includes(example)).length;
  }

  /** Whether there is room for no more channels. */
  get isFull(): boolean {
    return this.#isFull && this.#known === null;
  }

  /** Whether a person wanted to learn from too few. */
  get isShort(): boolean {
    return this.#isShort && !this.#isEnough();
  }

  /** Asks what is known, and whether anything can be learnt. */
  async start(): Promise<void> {
    if (this.options.isPrivate) {
      this.#go({ step: 'problem', failure: { ok: false, reason: 'private' }, back: false });
      return;
    }
    const reply = await askTwice(this.options.ask, { type: 'channels' }, isChannels);
    if (isFailure(reply)) {
      this.#stop(reply);
    } else if (!reply.canLearn) {
      this.#stop({ ok: false, reason: 'cannot-learn' });
    } else {
      const learnt = reply.channels.filter(({ source }) => source !== 'trained');
      this.#known = learnt.find((channel) => isSameChannel(channel, this.channel)) ?? null;
      this.#isFull = learnt.length >= MOST_CHANNELS;
      this.changed();
    }
  }

  /** Adds what can be learnt from; what is new is ticked. */
  offer(examples: readonly Example[]): void {
    const added = examples.filter((example) => !this.#ticked.has(example));
    added.forEach((example) => this.#ticked.set(example, true));
    if (added.length > 0) {
      this.changed();
    }
  }

  tick(example: Example, isTicked: boolean): void {
    this.#ticked.set(example, isTicked);
    this.changed();
  }

  tickAll(isTicked: boolean): void {
    for (const example of this.#ticked.keys()) {
      this.#ticked.set(example, isTicked);
    }
    this.changed();
  }

  /** Reads what is ticked, and says what the channel would be like. */
  async learn(): Promise<void> {
    this.#isShort = !this.#isEnough();
    if (this.#isShort || this.isFull) {
      this.changed();
      return;
    }
    const reading = new AbortController();
    this.#reading = reading;
    const examples = this.ticked;
    this.#go({ step: 'reading', done: 0, of: examples.length });
    const progress = (done: number): void => this.#go({ step: 'reading', done, of: examples.length });
    const failed = await readExamples(examples, { ask: this.options.ask, newId: () => this.#id() }, reading.signal, progress);
    const read = examples.filter((example) => !failed.some((other) => other.example === example));
    const preview = reading.signal.aborted ? null : await this.#preview(read, failed);
    if (!reading.signal.aborted && preview !== null) {
      this.#reading = null;
      this.#read = read;
      this.#go(isFailure(preview) ? { step: 'problem', failure: preview, back: true } : { step: 'preview', preview, failed });
    }
  }

  /** Takes everything back that is on its way. */
  cancel(): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#go({ step: 'choose' });
  }

  async keep(): Promise<void> {
    if (this.#state.step !== 'preview') {
      return;
    }
    const { count } = this.#state.preview;
    this.#go({ step: 'keeping' });
    const reply = await askTwice(this.options.ask, { type: 'learn-keep', ...this.#fields(this.#read) }, isChange);
    this.#go(isFailure(reply) ? { step: 'problem', failure: reply, back: true } : { step: 'done', change: reply.change, count });
  }

  /** Back to the choice. */
  back(): void {
    this.#go({ step: 'choose' });
  }

  async undo(): Promise<void> {
    if (this.#state.step !== 'done') {
      return;
    }
    const { change } = this.#state;
    this.#go({ step: 'keeping' });
    const reply = await askTwice(this.options.ask, { type: 'learn-undo', change }, isDone);
    this.#go(isFailure(reply) ? { step: 'problem', failure: reply, back: false } : { step: 'undone' });
  }

  /** Nobody looks any more: nothing is stored but what was kept. */
  close(): void {
    this.#reading?.abort();
    this.changed = () => undefined;
  }

  /** To what is known already, fewer may be added. */
  #isEnough(): boolean {
    const { length } = this.ticked;
    return length >= FEWEST || (length > 0 && this.#known !== null && this.#known.examples.length + this.fresh >= FEWEST);
  }

  #go(state: State): void {
    this.#state = state;
    this.changed();
  }

  /** Ends where nothing can be learnt, unless a person got further meanwhile. */
  #stop(failure: ClassifyFailure): void {
    if (this.#state.step === 'choose') {
      this.#go({ step: 'problem', failure, back: false });
    }
  }

  #id(): string {
    return `${this.#name}-${++this.#requests}`;
  }

  #fields(examples: readonly Example[]): { readonly channel: string; readonly examples: string; readonly id: string } {
    return { channel: JSON.stringify(this.channel), examples: JSON.stringify(examples), id: this.#id() };
  }

  async #preview(read: readonly Example[], failed: readonly Failed[]): Promise<PreviewReply | ClassifyFailure> {
    const [first] = failed;
    if (first !== undefined && read.length < FEWEST && this.#known === null) {
      return { ok: false, reason: first.reason, detail: first.detail ?? '' }; // too few because of that
    }
    return askTwice(this.options.ask, { type: 'learn-preview', ...this.#fields(read) }, isPreview);
  }
}
