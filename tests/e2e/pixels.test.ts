/** The pixel contract on made-up pictures of every kind that a decoder may take otherwise, and on damaged ones. */
import { pixelTests } from './pixels.ts';

pixelTests('pixels');
