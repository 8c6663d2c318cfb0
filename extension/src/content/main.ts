/** The content script: shows whose thumbnail is under the pointer, in every frame of every page. */

import { isAlive, localised, send } from '../shared/browser.ts';
import { ClassifyError, type ClassifyReply, type ClassifyRequest, isClassifyReply } from '../shared/messages.ts';
import { Badge } from './badge.ts';
import { Hover } from './hover.ts';
import { type Target, targetAt } from './picture.ts';
import { type Point, watchImage, watchPointer } from './pointer.ts';
import { toView } from './view.ts';

function start(): void {
  const running = new AbortController();
  const badge = new Badge();
  const hover = new Hover<Target>({
    ask,
    show: ({ image }, reply) => {
      if (isAlive()) {
        badge.show(toView(reply, localised), image);
      } else {
        stop();
      }
    },
    hide: () => {
      badge.hide();
    },
  });
  let watched: Target | null = null;
  let watching = new AbortController();

  // The extension was reloaded and this script is left behind: the page must not notice.
  const stop = (): void => {
    running.abort();
    watching.abort();
    hover.point(null);
  };

  const check = (point: Point | null): void => {
    if (!isAlive()) {
      stop();
      return;
    }
    hover.point(point === null ? null : targetAt(point.x, point.y));
    if (hover.target !== watched) {
      watched = hover.target;
      watching.abort();
      watching = new AbortController();
      if (watched !== null) {
        watchImage(watched.image, recheck, watching.signal);
      }
    }
    if (watched !== null) {
      badge.follow(watched.image);
    }
  };
  const recheck = watchPointer(check, running.signal);
}

async function ask(url: string): Promise<ClassifyReply> {
  const reply = await send({ type: 'classify', url } satisfies ClassifyRequest);
  if (!isClassifyReply(reply)) {
    throw new ClassifyError('internal', 'the background gave no answer');
  }
  return reply;
}

// Pictures of their own (SVG, XML) have no place for a badge.
if (document.documentElement instanceof HTMLElement) {
  start();
}
