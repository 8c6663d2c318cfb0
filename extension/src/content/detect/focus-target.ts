/** Which thumbnail belongs to what has the focus. */

import { parseThumbnailUrl } from '../../shared/thumbnails.ts';
import { closest, descendantsOf, focused } from './stacking.ts';
import { firstTarget, type Target } from './target.ts';
import { CARD } from './uploader.ts';

/** What a person can reach by the keyboard to open a video. */
const REACHABLE = 'a, button, [role="link"], [role="button"]';

/**
 * Finds the thumbnail of the link with the focus: inside it or, where the keyboard reaches the title of a card only,
 * the one in the card whose video it leads to.
 */
export function targetOfFocus(any: boolean): Target | null {
  const element = focused();
  const link = element?.matches(REACHABLE) ? element : null;
  return link === null ? null : (firstTarget(descendantsOf(link), any) ?? targetOfCard(link));
}

function targetOfCard(link: Element): Target | null {
  const card = closest(link, CARD);
  const address = link.getAttribute('href') ?? '';
  const images = card === null || address === '' ? [] : descendantsOf(card);
  const target = firstTarget(images, false);
  const id = target === null ? undefined : parseThumbnailUrl(target.url)?.videoId;
  return id !== undefined && address.includes(id) ? target : null;
}
