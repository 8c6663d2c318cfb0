/** What the popup shows of the model and of the local server. */

import { PRIVATELY } from '../shared/body.ts';
import { type ClassifyFailure, failure, type ModelStatus, type Status } from '../shared/messages.ts';

const TIMEOUT_MS = 2000;

interface Sources {
  readonly model: () => Promise<ModelStatus>;
  readonly server: () => Promise<string>;
  readonly wantedHosts: () => Promise<readonly string[]>;
}

/** Never rejects for a model that cannot be used or a server that is down. */
export async function readStatus({ model, server, wantedHosts }: Sources): Promise<Status> {
  const [modelStatus, serverStatus, hosts] = await Promise.all([
    model().catch((error: unknown): ClassifyFailure => failure(error)),
    server().then(checkServer),
    wantedHosts(),
  ]);
  return { model: modelStatus, server: serverStatus, wantedHosts: hosts };
}

/** Whether the server at an origin ('' for none) answers as ours does. */
export async function checkServer(origin: string, timeoutMs = TIMEOUT_MS): Promise<Status['server']> {
  if (origin === '') {
    return 'none';
  }
  try {
    const response = await fetch(`${origin}/health`, { ...PRIVATELY, signal: AbortSignal.timeout(timeoutMs) });
    await response.json();
    return response.ok ? 'up' : 'down';
  } catch (error) {
    console.warn(`Thumbprint: ${origin} does not answer:`, error);
    return 'down';
  }
}
