/** Settings as a file that a person keeps. */

import { messageOf } from '../shared/messages.ts';
import { parseSettings, type Settings, SettingsError } from '../shared/settings.ts';

export const FILE_NAME = 'thumbprint-settings.json';

export function writeSettings(settings: Settings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** Reads such a file; `field` names what is wrong with it, and is null where it is no JSON at all. */
export function readSettings(text: string): { settings: Settings } | { field: string | null; value: string } {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    return { field: null, value: messageOf(error) };
  }
  try {
    return { settings: parseSettings(fields) };
  } catch (error) {
    if (error instanceof SettingsError) {
      return { field: error.field, value: shorten(JSON.stringify(error.value)) };
    }
    throw error;
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
