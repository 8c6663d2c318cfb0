/** What is wrong with the address of a server, in a word that `_locales` has a sentence for. */

import { isLoopback, parseServer, SettingsError } from '../shared/settings.ts';

type ServerProblem = 'address' | 'protocol' | 'credentials' | 'remote';

/** Reads an address as a person types it: `127.0.0.1:8765` is meant to be http. */
export function readServer(text: string, remote: boolean): { server: string } | { problem: ServerProblem } {
  const trimmed = text.trim();
  const address = trimmed === '' || trimmed.includes('://') ? trimmed : `http://${trimmed}`;
  try {
    return { server: parseServer(address, remote) };
  } catch (error) {
    if (error instanceof SettingsError) {
      return { problem: problemOf(address, remote) };
    }
    throw error;
  }
}

function problemOf(address: string, remote: boolean): ServerProblem {
  if (!URL.canParse(address)) {
    return 'address';
  }
  const { protocol, username, password, hostname } = new URL(address);
  if (!/^https?:$/.test(protocol)) {
    return 'protocol';
  }
  if (username !== '' || password !== '') {
    return 'credentials';
  }
  return remote || isLoopback(hostname) ? 'address' : 'remote';
}
