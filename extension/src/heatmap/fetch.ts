/** Asks the local server, for a model that is not explained in the browser, which parts of a picture speak for a channel. */

import { PRIVATELY, readBody } from '../shared/body.ts';
import { ClassifyError, isObject, messageOf } from '../shared/messages.ts';

export interface HeatmapRequestOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Whether the cookie of the server's own page goes along. */
  readonly credentials?: 'same-origin';
}

const TIMEOUT_MS = 20_000; // the server works on a picture for less than half of that; the first one waits for TensorFlow
const MAX_PROBLEM = 16 * 1024; // bytes
const MAX_DETAIL = 200; // letters

export const BOUNDS: HeatmapRequestOptions = { maxBytes: 4 * 1024 * 1024, timeoutMs: TIMEOUT_MS };

const TYPE = 'application/json'; // the server also draws

/**
 * Sends the bytes of a picture to the server, and gives its answer in numbers.
 *
 * Throws a ClassifyError: server-down where nobody answers, cancelled by the signal, else server.
 */
export async function fetchHeatmap(
  server: string,
  picture: Blob,
  channel: string,
  options: HeatmapRequestOptions,
  signal: AbortSignal,
): Promise<Blob> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await post(server, picture, channel, options, AbortSignal.any([signal, timeout]));
    await checkHead(response);
    return new Blob(await readBody(response, options.maxBytes), { type: TYPE });
  } catch (error) {
    if (signal.aborted) {
      throw new ClassifyError('cancelled');
    }
    throw timeout.aborted ? new ClassifyError('server', `${options.timeoutMs / 1000} s`) : toServerError(error);
  }
}

async function post(
  server: string,
  picture: Blob,
  channel: string,
  { credentials }: HeatmapRequestOptions,
  signal: AbortSignal,
): Promise<Response> {
  const query = new URLSearchParams({ method: 'gradcam', channel });
  try {
    return await fetch(`${server}/saliency?${query.toString()}`, {
      method: 'POST',
      body: picture.slice(), // without a type, the browser need not ask the server first
      headers: { accept: TYPE },
      ...PRIVATELY,
      credentials: credentials ?? 'omit',
      signal,
    });
  } catch (error) {
    throw new ClassifyError('server-down', messageOf(error));
  }
}

async function checkHead(response: Response): Promise<void> {
  if (!response.ok) {
    throw new ClassifyError('server', (await problemOf(response)) ?? `HTTP ${response.status}`);
  }
  const given = response.headers.get('content-type') ?? '';
  if (given.split(';')[0]?.trim().toLowerCase() !== TYPE) {
    throw new ClassifyError('server', given.slice(0, MAX_DETAIL) || '?');
  }
}

/** What the server says is wrong: it may serve another run, or be busy. Null where it is not ours. */
async function problemOf(response: Response): Promise<string | null> {
  const body = await new Blob(await readBody(response, MAX_PROBLEM)).text();
  try {
    const value: unknown = JSON.parse(body);
    const error = isObject(value) ? value['error'] : null;
    const message = isObject(error) ? error['message'] : null;
    return typeof message === 'string' ? message.slice(0, MAX_DETAIL) : null;
  } catch {
    return null;
  }
}

function toServerError(error: unknown): ClassifyError {
  if (!(error instanceof ClassifyError)) {
    return new ClassifyError('server', messageOf(error));
  }
  return error.reason === 'too-large' ? new ClassifyError('server', `${error.detail ?? '?'} bytes`) : error;
}
