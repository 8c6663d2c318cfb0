/** The background: a service worker in Chrome, an event page in Firefox. It starts on a message and may end at any time. */

import { answerMessages, extensionUrl } from '../shared/browser.ts';
import { isClassifyRequest } from '../shared/messages.ts';
import { createAnswer } from './answer.ts';
import { Classifier } from './classifier.ts';
import { decode } from './decode.ts';
import { fetchThumbnail } from './fetcher.ts';
import type { ModelSource } from './model.ts';
import { lazy } from './queue.ts';

const packaged: ModelSource = {
  async read(name) {
    try {
      const response = await fetch(extensionUrl(`model/${name}`));
      return response.ok ? await response.arrayBuffer() : null;
    } catch (error) {
      // Both browsers reject for a file that the extension does not have.
      console.warn(`Thumbprint: model/${name} cannot be read:`, error);
      return null;
    }
  },
};

const ready = lazy(async () => {
  const classifier = await Classifier.load(packaged, extensionUrl('build/'));
  try {
    await classifier.warmUp();
    return classifier;
  } catch (error) {
    classifier.dispose();
    throw error;
  }
});

const answer = createAnswer({ ready, fetchThumbnail, decode });

answerMessages((message) => (isClassifyRequest(message) ? answer(message.url) : null));
