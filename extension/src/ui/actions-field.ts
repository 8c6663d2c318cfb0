/** What is done to the thumbnails of each channel, of all others, of look-alikes and of none: a row with a choice for each. */

import { make } from '../shared/dom.ts';
import { changeSettings, loadSettings } from '../shared/settings-store.ts';
import { type Action, ACTIONS, type Actions } from '../shared/settings.ts';
import { byId, onChange } from './dom.ts';
import type { Page } from './page.ts';

const MAX_CHANNELS = 200; // that are listed: a model may have ten thousand

interface Channel {
  readonly name: string;
  readonly displayName: string;
}

interface Row {
  readonly id: string;
  readonly label: string;
  /** '' for a channel that has no action of its own. */
  readonly chosen: Action | '';
  readonly isChannel: boolean;
  readonly store: (actions: Actions, action: Action | '') => Actions;
}

export function renderActions(channels: readonly Channel[], page: Page): void {
  byId('actions-more', HTMLElement).hidden = channels.length <= MAX_CHANNELS;
  fill(byId('actions', HTMLElement), channelRows(channels.slice(0, MAX_CHANNELS), page), page);
  fill(byId('actions-others', HTMLElement), otherRows(page), page);
}

/** Writes rows anew where they changed; who is at one of them stays there. */
function fill(field: HTMLElement, rows: readonly Row[], page: Page): void {
  const shown = JSON.stringify([page.language, rows.map(({ label, chosen }) => [label, chosen])]);
  if (field.dataset['shown'] !== shown) {
    const focused = document.activeElement?.id ?? '';
    field.dataset['shown'] = shown;
    field.replaceChildren(...rows.map((row) => makeRow(row, page)));
    if (rows.some(({ id }) => id === focused)) {
      document.getElementById(focused)?.focus();
    }
  }
}

function channelRows(channels: readonly Channel[], { settings: { actions } }: Page): Row[] {
  return channels.map(({ name, displayName }, index): Row => ({
    id: `action-${index}`,
    label: displayName,
    chosen: Object.hasOwn(actions.channels, name) ? actions.channels[name]! : '',
    isChannel: true,
    store: (stored, action) => ({ ...stored, channels: withAction(stored.channels, name, action) }),
  }));
}

function otherRows({ settings: { actions }, t }: Page): Row[] {
  return (['known', 'lookalike', 'none'] as const).map((group): Row => ({
    id: `action-${group}`,
    label: t(`options_glance_${group}`),
    chosen: actions[group],
    isChannel: false,
    store: (stored, action) => (action === '' ? stored : { ...stored, [group]: action }),
  }));
}

function withAction(channels: Actions['channels'], name: string, action: Action | ''): Actions['channels'] {
  const others = Object.entries(channels).filter(([other]) => other !== name);
  return Object.fromEntries(action === '' ? others : [...others, [name, action]]);
}

function makeRow({ id, label: text, chosen, isChannel, store }: Row, { t }: Page): HTMLElement {
  const label = make('label', '', text);
  label.htmlFor = id;
  const values = isChannel ? (['', ...ACTIONS] as const) : ACTIONS;
  const options = values.map((value) => {
    const option = make('option', '', t(value === '' ? 'options_glance_same' : `action_${value}`));
    option.value = value;
    option.selected = value === chosen;
    return option;
  });
  const select = make('select', '', ...options);
  select.id = id;
  onChange(select, ({ value }) => void change(value as Action | '', store));
  return make('div', 'field', label, select);
}

async function change(action: Action | '', store: Row['store']): Promise<void> {
  const { actions } = await loadSettings();
  await changeSettings({ actions: store(actions, action) });
}
