/** What was learnt, in the worker's memory and in the database, with the head that it makes; changes come in turn. */

import { serial } from '../../shared/async.ts';
import type { Metadata } from '../../model/metadata.ts';
import { ClassifyError, messageOf } from '../../shared/messages.ts';
import type { ChannelStore } from './channel-store.ts';
import { undone, wayBack } from './learnt-edits.ts';
import { canLearn, fitLearnt, headOf, type Space } from './learnt-fit.ts';
import { type LearntState, MOST_DONE, NOTHING_LEARNT, type StoredHead, type Undo } from './learnt-state.ts';

interface Dependencies {
  readonly store: ChannelStore;
  /** The model that is used, and its prior; null where it brings none or cannot be used. */
  readonly space: () => Promise<Space | null>;
  /** Called with what is stored after each change, and once in the worker's life. */
  readonly changed: (state: LearntState) => void;
}

/** From a state to the next. Whatever it throws, nothing is changed. */
export type Edit = (state: LearntState, space: Space | null) => LearntState;

/** What a change also does to the settings, and the request that asks for it: one that is asked twice is done once. */
interface Options {
  readonly request?: string;
  readonly actions?: Undo['actions'];
  /** A head that was fitted to the next state already. */
  readonly fit?: (state: LearntState, space: Space) => StoredHead;
}

const ATTEMPTS = 5;
const REFIT = 16; // thumbnails that browsing adds, after which the head is fitted again

export class LearntChannels {
  readonly #inTurn = serial();
  #state: LearntState | null = null;

  constructor(private readonly deps: Dependencies) {}

  /** What was learnt. Nothing where the database cannot be read: a browser may have none. */
  async state(): Promise<LearntState> {
    return this.#state ?? this.#inTurn(() => this.#read()).catch((error: unknown) => this.#unread(error));
  }

  /** The state with the head for a model, which is fitted and stored where there is none yet. */
  async fitted(metadata: Metadata): Promise<LearntState> {
    const state = await this.state();
    return this.#isFitted(state, metadata) ? state : this.#inTurn(() => this.#refit(metadata));
  }

  /** Stores a change, whole; the token that takes it back. */
  async change(edit: Edit, options: Options = {}): Promise<string> {
    return this.#inTurn(async () => {
      const token = crypto.randomUUID();
      const after = await this.#store(async (before, space) => {
        const done = before.done.find(([request]) => request === options.request);
        if (done !== undefined) {
          return before;
        }
        const next = edit(before, space);
        const requests = options.request === undefined ? [] : [[options.request, token] as const];
        const undo = wayBack(before, next, token, options.actions ?? null);
        const ready = { ...next, undo, done: [...before.done, ...requests].slice(-MOST_DONE) };
        return this.#withHead(ready, space, options.fit);
      });
      return after.done.find(([request]) => request === options.request)?.[1] ?? token;
    });
  }

  /** Takes the last change back; what is to be done to the settings. Throws a ClassifyError (gone). */
  async undo(change: string): Promise<Undo['actions']> {
    return this.#inTurn(async () => {
      let actions: Undo['actions'] = null;
      await this.#store(async (before, space) => {
        const next = undone(before, change);
        actions = before.undo?.actions ?? null;
        return this.#withHead(next, space);
      });
      return actions;
    });
  }

  /** Stores what no one takes back: what browsing adds, what another machine says. */
  async add(edit: Edit): Promise<void> {
    await this.#inTurn(() =>
      this.#store(async (before, space) => {
        const next = edit(before, space);
        return next === before || next.unfitted % REFIT !== 0 ? next : this.#withHead(next, space);
      }),
    );
  }

  async #read(): Promise<LearntState> {
    if (this.#state === null) {
      this.#state = await this.deps.store.load();
      this.deps.changed(this.#state);
    }
    return this.#state;
  }

  #unread(error: unknown): LearntState {
    console.warn('Thumbprint: what was learnt cannot be read:', messageOf(error));
    return NOTHING_LEARNT;
  }

  /** Another worker may have stored something meanwhile: then it is done again, on top of that. */
  async #store(next: (before: LearntState, space: Space | null) => Promise<LearntState>): Promise<LearntState> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await this.#read();
      const after = await next(before, await this.deps.space());
      if (after === before) {
        return before;
      }
      const stored = { ...after, revision: before.revision + 1 };
      if (await this.deps.store.replace(before, stored)) {
        this.#state = stored;
        this.deps.changed(stored);
        return stored;
      }
      this.#state = null;
    }
    throw new ClassifyError('internal', 'the store changes all the time');
  }

  #withHead(state: LearntState, space: Space | null, fit: Options['fit'] = fitHead): Promise<LearntState> {
    return Promise.resolve({ ...state, unfitted: 0, head: space === null ? null : fit(state, space) });
  }

  /** Whether the head is that of a model, or there is nothing to fit. */
  #isFitted({ head, channels, corrections, others }: LearntState, metadata: Metadata): boolean {
    const isEmpty = channels.size + corrections.length + (others?.count ?? 0) === 0;
    return isEmpty || !canLearn(metadata) || head?.version === metadata.version;
  }

  async #refit(metadata: Metadata): Promise<LearntState> {
    const state = await this.#read();
    const space = this.#isFitted(state, metadata) ? null : await this.deps.space();
    if (space === null) {
      return state;
    }
    try {
      return await this.#store((before) => this.#withHead(before, space));
    } catch (error) {
      console.warn('Thumbprint: a head is kept in memory alone:', messageOf(error));
      return (this.#state = await this.#withHead(state, space));
    }
  }
}

function fitHead(state: LearntState, space: Space): StoredHead {
  return headOf(fitLearnt(state, space), space);
}
