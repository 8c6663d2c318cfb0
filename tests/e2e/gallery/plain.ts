/** The two simplest pages: a thumbnail, and a picture that is none. */
import { thumbnailUrl, type GalleryPage } from './page.ts';

export const PLAIN: readonly GalleryPage[] = [
  {
    name: 'an image with a width and a height',
    url: 'https://blog.example/post',
    html: ({ shown }) => `<img id="target" width="320" height="180" src="${thumbnailUrl(shown)}" alt="">`,
    expects: 'answer',
  },
  {
    name: 'a photo of its own on a blog, as wide as a thumbnail',
    url: 'https://blog.example/photo',
    html: ({ other }) => `<img id="target" width="320" height="180" src="/photo.jpg" alt="">
      <img width="320" height="180" src="${thumbnailUrl(other)}" alt="">`,
    copies: () => ['https://blog.example/photo.jpg'],
    expects: 'silent',
  },
];
