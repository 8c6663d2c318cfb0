/** A file that a person chose, as pixels: upright, within bounds, however many megapixels the camera made. */

import { decode } from '../model/decode.ts';
import { isTruncated } from '../model/is-truncated.ts';
import { bakedBars, type Picture } from '../model/pixels.ts';
import { TryError } from './texts.ts';

export interface Photo {
  /** At most MAX_SIDE a side. */
  readonly picture: Picture & { readonly data: Uint8ClampedArray };
  readonly canvas: HTMLCanvasElement;
  /** The very pixels of a file that is a thumbnail itself, for which nothing need be found; else null. */
  readonly thumbnail: Picture | null;
  /** Whether it has a thumbnail's shape, at any size: it may be one. */
  readonly shaped: boolean;
}

/** A camera's picture is read at this size: a thumbnail that fills a tenth of it still has what the model looks at. */
const MAX_SIDE = 2048; // px
const MAX_MEGAPIXELS = 120; // of the file; each costs 4 MB while it is decoded
const MAX_MEGABYTES = 64;
const MAX_THUMBNAIL = 1280; // px wide: YouTube makes none that are larger
const SLACK = 0.01; // of the shape: sizes are rounded to whole pixels

/** Reads a file. Throws a TryError that names it. */
export async function readPhoto(file: File): Promise<Photo> {
  const name = file.name || '?';
  if (file.size > MAX_MEGABYTES * 1e6) {
    throw new TryError('large_file', name, `${(file.size / 1e6).toFixed(0)}\u00a0MB`, `${MAX_MEGABYTES}\u00a0MB`);
  }
  if (isTruncated(new Uint8Array(await file.arrayBuffer()))) {
    throw new TryError('cut_file', name);
  }
  const address = URL.createObjectURL(file);
  try {
    const canvas = draw(await load(address, name), name);
    const picture = pixelsOf(canvas);
    const shaped = isShaped(picture);
    const thumbnail = shaped && picture.width <= MAX_THUMBNAIL ? await decode(file) : null;
    return { canvas, picture, shaped, thumbnail };
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** An `<img>` turns a picture upright by its EXIF data in every browser, and tells its size before it decodes it. */
async function load(address: string, name: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = address;
  await new Promise<void>((done, fail) => {
    image.addEventListener('load', () => done());
    image.addEventListener('error', () => fail(new TryError('bad_file', name)));
  });
  const megapixels = (image.naturalWidth * image.naturalHeight) / 1e6;
  if (megapixels > MAX_MEGAPIXELS) {
    throw new TryError('large_file', name, `${megapixels.toFixed(0)}\u00a0MP`, `${MAX_MEGAPIXELS}\u00a0MP`);
  }
  return image;
}

/** Draws it scaled: the browser decodes no more than it draws. */
function draw(image: HTMLImageElement, name: string): HTMLCanvasElement {
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = contextOf(canvas);
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  } catch {
    throw new TryError('bad_file', name);
  }
  return canvas;
}

/** The pixels of a canvas that `contextOf` prepared. */
export function pixelsOf(canvas: HTMLCanvasElement): Photo['picture'] {
  const { width, height, data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return { width, height, data: new Uint8ClampedArray(data) };
}

/** Opaque, so that what is transparent lies over black; read often, so kept out of the graphics card. */
function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) {
    throw new TryError('failed', 'no canvas');
  }
  return context;
}

/** Shows a picture on a canvas of its size. */
export function paint(canvas: HTMLCanvasElement, { width, height, data }: Picture): void {
  canvas.width = width;
  canvas.height = height;
  contextOf(canvas).putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}

/** Whether a picture has the shape of a thumbnail, also with the bars that YouTube bakes in. */
export function isShaped(picture: Picture): boolean {
  const { left, top, right, bottom } = bakedBars(picture);
  const shape = ((right - left) / (bottom - top) / 16) * 9;
  return Math.abs(shape - 1) <= SLACK;
}
