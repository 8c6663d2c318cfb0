/** What is done to the thumbnails of single channels, as settings have it. No DOM in here. */

import type { Action, Actions } from '../shared/settings.ts';

/** The action of a channel, by the first of its names that has one; '' for none. */
export function actionOf({ channels }: Actions, names: readonly string[]): Action | '' {
  const name = names.find((each) => Object.hasOwn(channels, each));
  return name === undefined ? '' : channels[name]!;
}

/** The actions with one for a channel, under all its names, or without any. */
export function withAction(actions: Actions, names: readonly string[], action: Action | ''): Actions {
  const others = Object.entries(actions.channels).filter(([name]) => !names.includes(name));
  const own = action === '' ? [] : names.map((name): [string, Action] => [name, action]);
  return { ...actions, channels: Object.fromEntries([...others, ...own]) };
}
