/** One hostile model of every kind; `npm run hostile-models` tries more. */
import { test } from 'node:test';

import { offer, SPOILS } from './hostile-models.ts';

test('every kind of hostile model is refused with a reason, and the old one answers on', async (context) => {
  context.mock.method(console, 'warn', () => undefined);
  await offer(Object.keys(SPOILS).length, 1);
});
