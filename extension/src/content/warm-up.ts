/** Tells when a person has come to a page with thumbnails: the model can be loaded while the pointer is on its way. */

import { parseThumbnailUrl } from '../shared/thumbnails.ts';
import { hasThumbnails } from './detect/target.ts';
import { listen } from '../shared/trusted-events.ts';

/** Calls `found` once, when the pointer has moved and a thumbnail is there; nothing is searched for but at the first move. */
export function watchForThumbnails(found: () => void, signal: AbortSignal): void {
  const ended = new AbortController();
  signal.addEventListener('abort', () => ended.abort());
  let isSeen = false;
  let hasMoved = false;
  const tell = (): void => {
    if (isSeen && hasMoved && !ended.signal.aborted) {
      ended.abort();
      found();
    }
  };
  const load = ({ target }: Event): void => {
    isSeen ||= target instanceof HTMLImageElement && parseThumbnailUrl(target.currentSrc) !== null;
    tell();
  };
  const moving = new AbortController();
  const move = (): void => {
    moving.abort(); // by a person, that is: a page's own events are not heard
    hasMoved = true;
    isSeen ||= hasThumbnails();
    tell();
  };
  const options = { capture: true, passive: true, signal: ended.signal };
  listen(document, 'load', load, options);
  listen(document, 'pointermove', move, { ...options, signal: AbortSignal.any([ended.signal, moving.signal]) });
}
