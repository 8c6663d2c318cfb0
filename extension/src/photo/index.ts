/** A photo of a screen: where the thumbnail is in it, and what it looks like from the front. */
export { findThumbnails, type Found } from './find.ts';
export { isConvex, type Point, type Quad } from './quad.ts';
export { flatSize, rectify } from './rectify.ts';
