/** Finds and straightens thumbnails beside the page, which stays quick meanwhile. It is sent one photo at a time. */

import { findThumbnails, type Quad, rectify } from '../photo/index.ts';
import type { Picture } from '../shared/pixels.ts';
import type { Answer, Order } from './finder.ts';

let photo: Picture | null = null;

async function carryOut({ photo: sent, find, quad, size }: Order): Promise<Answer['value']> {
  photo = sent ?? photo;
  if (photo === null) {
    throw new Error('no photo');
  }
  if (find) {
    return findThumbnails(photo);
  }
  return straighten(photo, quad, size);
}

async function straighten(from: Picture, quad: Quad | undefined, size: Order['size']): Promise<Picture> {
  if (quad === undefined || size === undefined) {
    throw new Error('no corners');
  }
  return Promise.resolve(rectify(from, quad, size[0], size[1]));
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  const { id } = data;
  carryOut(data).then(
    (value) => postMessage({ id, value } satisfies Answer),
    (error: unknown) => postMessage({ id, error: String(error) }),
  );
});
