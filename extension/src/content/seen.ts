/** Thumbnails whose posters YouTube's own page names, told to the background where a person wants it to go on learning. */

import { isPrivateWindow } from '../shared/browser.ts';
import type { ClassifyReply } from '../shared/messages.ts';
import type { Settings } from '../shared/settings.ts';
import { noteSeen } from './background-client.ts';
import { isChannelHost } from './detect/channel-page.ts';
import { type Uploader, uploaderName } from './detect/uploader.ts';
import { videoOf } from './glance/thumbnail.ts';

const MOST = 5000; // videos of a page that are not told twice

export class Seen {
  readonly #videos = new Set<string>();

  constructor(private readonly settings: () => Pick<Settings, 'keepLearning'>) {}

  /** Notes an answer and who posted the video; several authors teach nothing. */
  note(url: string, reply: ClassifyReply, uploader: Uploader | null): void {
    const video = videoOf(url);
    const isTold = this.#videos.has(video) || this.#videos.size >= MOST;
    if (uploader === null || isTold || !this.#isWanted(reply) || uploader.names.length > 1) {
      return;
    }
    this.#videos.add(video);
    noteSeen(url, { id: uploader.id ?? '', handle: uploader.handle ?? '', name: uploaderName(uploader) });
  }

  #isWanted(reply: ClassifyReply): boolean {
    return this.settings().keepLearning && reply.ok && isChannelHost(location.hostname) && !isPrivateWindow();
  }
}
