/** Fetches a model from the local server, whole and within bounds. Nothing is changed here. */

import { readDescription } from '../model/model-files.ts';
import { PRIVATELY, readBody } from '../shared/body.ts';
import { ClassifyError, messageOf } from '../shared/messages.ts';

export interface DownloadRules {
  /** Of all files together. */
  readonly maxBytes: number;
  readonly maxFiles: number;
  /** For each file. */
  readonly timeoutMs: number;
}

const RULES: DownloadRules = { maxBytes: 64 * 1024 * 1024, maxFiles: 100, timeoutMs: 60_000 };
const DESCRIPTION = 'metadata.json';
const MAX_DESCRIPTION = 8 * 1024 * 1024;

/** All files of the server's model by name. Throws a ClassifyError: server, or model-broken for what it describes. */
export async function downloadModel(server: string, rules: DownloadRules = RULES): Promise<Map<string, ArrayBuffer>> {
  if (server === '') {
    throw new ClassifyError('server', 'no server is set');
  }
  const files = new Map<string, ArrayBuffer>();
  let left = rules.maxBytes;
  const add = async (name: string, most = left): Promise<ArrayBuffer> => {
    const bytes = await download(`${server}/model/${name}`, Math.min(most, left), rules.timeoutMs);
    left -= bytes.byteLength;
    files.set(name, bytes);
    return bytes;
  };
  const { metadata } = readDescription(await add(DESCRIPTION, MAX_DESCRIPTION));
  if (metadata.files.size > rules.maxFiles) {
    throw new ClassifyError('server', `the model has ${metadata.files.size} files, more than ${rules.maxFiles}`);
  }
  for (const name of metadata.files.keys()) {
    await add(name);
  }
  return files;
}

/** Throws a ClassifyError (server) that names the file. */
async function download(address: string, maxBytes: number, timeoutMs: number): Promise<ArrayBuffer> {
  const name = new URL(address).pathname;
  try {
    const response = await fetch(address, { ...PRIVATELY, signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      throw new ClassifyError('server', `${name}: HTTP ${response.status}`);
    }
    return await new Blob(await readBody(response, maxBytes)).arrayBuffer();
  } catch (error) {
    if (!(error instanceof ClassifyError)) {
      throw new ClassifyError('server', `${name}: ${messageOf(error)}`);
    }
    throw error.reason === 'too-large' ? new ClassifyError('server', `${name}: too large`) : error;
  }
}
