/** Which video of YouTube's a picture is of, by nothing but its address; no DOM in here. */

import { decodedAddresses, unescapedForms } from './hidden-address.ts';

/** The address of a thumbnail, or of the preview that plays in its place (`an_webp`), wherever it stands in a text. */
const THUMBNAIL =
  /(?<![\w.@-])(?:i[1-9]?\.ytimg|img\.youtube(?:-nocookie)?|ytimg\.googleusercontent)\.com(?::443)?\/+(?:vi|an)(?:_[a-z]+)?\/([\w-]{11})\/[\w-]+\.(?:jpe?g|webp|avif|png)/i;

/** How front ends (Invidious, Piped) serve it themselves: by the names that YouTube's sizes have, and no others. */
const SIZE = String.raw`(?:(?:mq|hq|sd|maxres)(?:default|[123])|hq720|maxres|oar\w{1,9})(?:_[\w-]{1,20})?`;
const PROXIED = new RegExp(String.raw`/vi(?:_[a-z]+)?/([\w-]{11})/${SIZE}\.(?:jpe?g|webp|avif)(?![\w.])`, 'i');

/** How DeArrow's server is asked for a picture of a video. */
const DEARROW = /\/getThumbnail\?(?:[^#]{0,200}&)?videoID=([\w-]{11})(?![\w-])/;

const FORMS = [THUMBNAIL, PROXIED, DEARROW];

/** What the address of every such picture has somewhere: most have nothing of it. */
const HINT = /ytimg|youtube|\bvi(?:_[a-z]+)?(?:\/|%)|getThumbnail|aHR0c|eyJ|68747470/i;

/** The id of the video that the address of a picture names, on whatever host; null where it names none. */
export function picturedVideoId(address: string): string | null {
  if (/^(?:data|blob):/i.test(address) || !HINT.test(address)) {
    return null;
  }
  const forms = unescapedForms(address);
  return firstId(forms, FORMS) ?? firstId(forms.flatMap(decodedAddresses).flatMap(unescapedForms), [THUMBNAIL]);
}

function firstId(texts: readonly string[], forms: readonly RegExp[]): string | null {
  for (const text of texts) {
    for (const form of forms) {
      const id = form.exec(text)?.[1];
      if (id !== undefined) {
        return id;
      }
    }
  }
  return null;
}
