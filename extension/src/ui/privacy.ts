/** What is read, fetched and stored: all of it is text, in the page's own HTML and `_locales`. */

import { openPage } from './page.ts';

await openPage(() => undefined);
