/** What stands in the place of an answer where the person has to be asked first whether YouTube may be. */
export const QUESTION = { ok: false, reason: 'question' } as const;
export type Question = typeof QUESTION;

/** What the background answers while no channel is known at all: the card says how to learn one. */
export interface NoChannels {
  readonly ok: false;
  readonly reason: 'no-channels';
}

/** What a person may answer; the last for a site that is asked about by itself. */
export type Answer = 'always' | 'here' | 'never' | 'not-here';

/** How a question is put: a site may be asked about by itself, and in a private window nothing is stored. */
export interface Asking {
  readonly isForSite: boolean;
  readonly isPrivate: boolean;
  readonly answer: (answer: Answer) => void;
  /** Ends the card by the keyboard, without an answer. */
  readonly leave: () => void;
}
