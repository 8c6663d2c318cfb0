/** What stands in the place of an answer where the person has to be asked first whether YouTube may be. */
export const QUESTION = { ok: false, reason: 'question' } as const;
export type Question = typeof QUESTION;

/** What a person may answer; the last for a site that is asked about by itself. */
export type Answer = 'always' | 'here' | 'never' | 'not-here';
