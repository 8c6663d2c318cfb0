/** The small pictures of the panel: of YouTube's thumbnails alone, and none that is large. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PictureService } from '../../../extension/src/background/picture-service.ts';

function service(bytes: number): { pictures: PictureService; asked: string[] } {
  const asked: string[] = [];
  const fetchPicture = (url: string): Promise<Blob> => {
    asked.push(url);
    return Promise.resolve(new Blob([new Uint8Array(bytes).fill(255)], { type: 'image/jpeg' }));
  };
  return { pictures: new PictureService({ fetchPicture }), asked };
}

test('whatever size of a thumbnail is named, the small one is fetched', async () => {
  const { pictures, asked } = service(3);
  assert.equal(await pictures.picture('https://i.ytimg.com/vi/dQw4w9WgXcQ/maxresdefault.jpg'), 'data:image/jpeg;base64,////');
  assert.deepEqual(asked, ['https://i.ytimg.com/vi/dQw4w9WgXcQ/mqdefault.jpg']);
  assert.ok((await service(100_000).pictures.picture('https://i.ytimg.com/vi/dQw4w9WgXcQ/0.jpg')).length > 130_000);
});

test('nothing else is fetched, and what is too large is refused', async () => {
  const { pictures, asked } = service(400_000);
  for (const url of ['https://example.org/a.jpg', 'https://i.ytimg.com.example/vi/dQw4w9WgXcQ/0.jpg', 'data:image/png;base64,AA==', '']) {
    await assert.rejects(pictures.picture(url), { reason: 'not-a-thumbnail' });
  }
  assert.deepEqual(asked, []);
  await assert.rejects(pictures.picture('https://i.ytimg.com/vi/dQw4w9WgXcQ/0.jpg'), { reason: 'too-large' });
});
