/** What is done to the thumbnails of a channel, of all others, of look-alikes and of none: a choice for each. */

import { make } from '../shared/dom.ts';
import { changeSettings, loadSettings } from '../shared/settings-store.ts';
import { type Action, ACTIONS, type Actions } from '../shared/settings.ts';
import { withAction } from './actions-of.ts';
import { byId, onChange } from './dom.ts';
import type { Page } from './page.ts';

const GROUPS = ['known', 'lookalike', 'none'] as const;

/** The choices for all but single channels. */
export function renderActions(page: Page): void {
  const field = byId('actions-others', HTMLElement);
  const { actions } = page.settings;
  if (field.dataset['language'] !== page.language) {
    field.dataset['language'] = page.language;
    field.replaceChildren(...GROUPS.map((group) => makeRow(group, page)));
  }
  for (const group of GROUPS) {
    byId(`action-${group}`, HTMLSelectElement).value = actions[group];
  }
}

function makeRow(group: (typeof GROUPS)[number], page: Page): HTMLElement {
  const label = make('label', '', page.t(`options_glance_${group}`));
  const select = actionSelect(ACTIONS, page);
  select.id = label.htmlFor = `action-${group}`;
  onChange(select, ({ value }) => void store((actions) => ({ ...actions, [group]: value as Action })));
  return make('div', 'field', label, select);
}

/** A choice for one channel: '' leaves it as all others are. */
export function channelActionSelect(page: Page, changed: (action: Action | '') => void): HTMLSelectElement {
  const select = actionSelect(['', ...ACTIONS], page);
  onChange(select, ({ value }) => changed(value as Action | ''));
  return select;
}

function actionSelect(values: readonly (Action | '')[], { t }: Page): HTMLSelectElement {
  const options = values.map((value) => {
    const option = make('option', '', t(value === '' ? 'options_glance_same' : `action_${value}`));
    option.value = value;
    return option;
  });
  return make('select', '', ...options);
}

export async function storeAction(names: readonly string[], action: Action | ''): Promise<void> {
  await store((actions) => withAction(actions, names, action));
}

async function store(changed: (actions: Actions) => Actions): Promise<void> {
  const { actions } = await loadSettings();
  await changeSettings({ actions: changed(actions) });
}
