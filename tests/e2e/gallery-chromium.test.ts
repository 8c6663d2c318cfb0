/** Thumbnails on every kind of page, in Chromium. */
import { galleryTests } from './gallery-tests.ts';

galleryTests('chromium');
