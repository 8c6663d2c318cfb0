/** Thumbnails on every kind of page, in Firefox. */
import { galleryTests } from './gallery-tests.ts';

galleryTests('firefox');
