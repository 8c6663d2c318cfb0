/** Finds and straightens thumbnails beside the page, which stays quick meanwhile. It is sent one photo at a time. */

import { findThumbnails, flatSize, rectify } from '../photo/index.ts';
import type { Picture } from '../model/pixels.ts';
import type { Answer, Order } from './finder.ts';

let photo: Picture | null = null;

async function carryOut({ photo: sent, find, quad }: Order): Promise<Answer['value']> {
  photo = sent ?? photo;
  if (photo === null || (!find && quad === undefined)) {
    throw new Error('no photo, or no corners');
  }
  if (find || quad === undefined) {
    return findThumbnails(photo);
  }
  const { width, height } = flatSize(quad);
  return rectify(photo, quad, width, height);
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  const { id } = data;
  carryOut(data).then(
    (value) => postMessage({ id, value } satisfies Answer),
    (error: unknown) => postMessage({ id, error: String(error) }),
  );
});
