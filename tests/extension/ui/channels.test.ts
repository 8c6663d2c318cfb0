/** Own channels on the extension's pages, without a browser: the list, its search, learning again, files, and strictness. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseMetadata } from '../../../extension/src/model/metadata.ts';
import { localiser } from '../../../extension/src/shared/i18n.ts';
import { type ChannelsReply, MOST_EXAMPLES, type MyChannel } from '../../../extension/src/shared/learning.ts';
import type { ClassifyReply, Request } from '../../../extension/src/shared/messages.ts';
import { DEFAULT_SETTINGS } from '../../../extension/src/shared/settings.ts';
import { actionOf, withAction } from '../../../extension/src/ui/actions-of.ts';
import {
  actionNames,
  ChannelIndex,
  COLOURS,
  colourOf,
  factsOf,
  initialOf,
  readableOf,
  trainedNames,
} from '../../../extension/src/ui/channel-list.ts';
import { importText } from '../../../extension/src/ui/import-text.ts';
import { learnAgain } from '../../../extension/src/ui/learn-again.ts';
import { isPictureFile } from '../../../extension/src/ui/picture-file.ts';
import { PicturesRead } from '../../../extension/src/ui/pictures-read.ts';
import { strictnessOf } from '../../../extension/src/ui/strictness-scale.ts';
import { modelFacts, namesText } from '../../../extension/src/ui/text.ts';
import { metadataJson } from '../support/tiny-model.ts';

const EN = { language: 'en', t: localiser('en') } as const;
const FR = { language: 'fr', t: localiser('fr') } as const;
const VIDEOS = Array.from({ length: 9 }, (_, i) => `video${i}-----`);

function channelOf(changes: Partial<MyChannel> = {}): MyChannel {
  const name = changes.name ?? 'Fireship';
  return {
    key: `#${name}`, id: '', handle: '', name, source: 'learnt', examples: VIDEOS, browsed: 0, quality: 'rough', stale: false, time: 1,
    ...changes,
  };
}

/** Of white text on a colour, as WCAG has it. */
function contrastWithWhite(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05);
}

test('a channel has a colour of its own, on which white can be read', () => {
  for (const colour of COLOURS) {
    assert.ok(contrastWithWhite(colour) >= 4.5, `${colour}: ${contrastWithWhite(colour)}`);
  }
  const keys = Array.from({ length: 200 }, (_, i) => `UC${'x'.repeat(20)}${i}`);
  assert.deepEqual(keys.map(colourOf), keys.map(colourOf));
  assert.equal(new Set(keys.map(colourOf)).size, COLOURS.length);
  assert.match(colourOf(''), /^#/);
});

test('an initial is the first letter or digit, a whole one', () => {
  const names = { 'fireship': 'F', '  3Blue1Brown': '3', '“Étoiles”': 'É', 'e\u0301toile': 'É', '東京': '東', '🎈 balloons': 'B', '🎈': '🎈', '': '?' };
  for (const [name, initial] of Object.entries(names)) {
    assert.equal(initialOf(name, 'en'), initial, name);
  }
});

test('channels are in the order of their names, and found by any words of name, handle and id', () => {
  const names = ['zeta', 'Étoile 10', 'étoile 9', 'Alpha'];
  const channels = names.map((name) => channelOf({ name, handle: `${name[0] ?? ''}-Handle` }));
  const index = new ChannelIndex([...channels, channelOf({ name: 'Beta', id: 'UC123' })], 'fr');
  const find = (search: string): string[] => index.find(search).map(({ name }) => name);
  assert.deepEqual(find(''), ['Alpha', 'Beta', 'étoile 9', 'Étoile 10', 'zeta']);
  assert.deepEqual(find('ETOILE'), ['étoile 9', 'Étoile 10']);
  assert.deepEqual(find('10 etoi'), ['Étoile 10']);
  assert.deepEqual(find('@a-hand'), ['Alpha']);
  assert.deepEqual(find('uc123'), ['Beta']);
  assert.deepEqual(find('nobody'), []);
});

test('what is known of a channel is said in a few words', () => {
  assert.deepEqual(factsOf(channelOf({ browsed: 1200, quality: 'solid' }), EN), ['Examples: 9 + 1,200 while browsing', 'solid', 'learnt here']);
  assert.deepEqual(factsOf(channelOf({ source: 'trained', examples: [], quality: null }), FR), ['de votre entraînement']);
  assert.deepEqual(factsOf(channelOf({ examples: [], stale: true }), EN), [], 'its name was carried here');
  assert.deepEqual(readableOf([...VIDEOS, 'picture:ab', 'picture:cd']), { videos: VIDEOS, pictures: 2 });
});

test('a channel’s action is kept under the name that answers have for it, and under its key', () => {
  const trained = trainedNames([
    { name: 'fire_ship', displayName: 'Fireship', handle: '' },
    { name: 'kurz', displayName: 'Kurzgesagt', handle: '@Kurz_Gesagt' },
  ]);
  assert.deepEqual(actionNames(channelOf(), trained), ['#Fireship']);
  assert.deepEqual(actionNames(channelOf({ source: 'trained', key: 'fire_ship' }), trained), ['fire_ship']);
  assert.deepEqual(actionNames(channelOf({ source: 'both', key: 'UC1' }), trained), ['fire_ship', 'UC1']);
  assert.deepEqual(actionNames(channelOf({ source: 'both', key: 'UC2', name: 'K', handle: 'kurz_gesagt' }), trained), ['kurz', 'UC2']);
  const { actions } = DEFAULT_SETTINGS;
  const hidden = withAction(actions, ['kurz', 'UC2'], 'hide');
  assert.equal(actionOf(hidden, ['kurz']), 'hide');
  assert.equal(actionOf(hidden, ['other', 'UC2']), 'hide');
  assert.equal(actionOf(hidden, ['toString']), '');
  assert.deepEqual(withAction(hidden, ['kurz', 'UC2'], ''), actions);
});

/** Answers by script: each glance is one of these, and what is kept is noted. */
function background(replies: Readonly<Record<string, readonly ClassifyReply[]>> = {}) {
  const noted = { read: [] as string[], kept: [] as unknown[], running: 0, most: 0 };
  const glance = async (video: string): Promise<ClassifyReply> => {
    const tries = noted.read.filter((other) => other === video).length;
    noted.read.push(video);
    noted.most = Math.max(noted.most, ++noted.running);
    await Promise.resolve();
    noted.running--;
    return replies[video]?.[tries] ?? { ok: false, reason: 'no-channels' };
  };
  const ask = (request: Request): Promise<unknown> => {
    if (request.type === 'glance') {
      return glance(request.url.split('/').at(-2)!);
    }
    if (request.type === 'learn-keep') {
      noted.kept.push(JSON.parse(request.examples));
    }
    return Promise.resolve({ ok: true, change: 'c' });
  };
  return { noted, ask };
}

test('a channel is learnt again from the videos that can be read, a few at a time', async () => {
  const gone = { ok: false, reason: 'http', detail: '404' } as const;
  const busy = { ok: false, reason: 'cancelled' } as const;
  const { noted, ask } = background({ [VIDEOS[1]!]: [gone], [VIDEOS[2]!]: [busy, busy], [VIDEOS[3]!]: [busy, busy, busy] });
  const progress: number[] = [];
  const channel = channelOf({ examples: [...VIDEOS, 'picture:ab'] });
  const { count, reply } = await learnAgain(channel, ask, new AbortController().signal, (done) => progress.push(done));
  assert.deepEqual(reply, { ok: true, change: 'c' });
  assert.deepEqual(noted.kept, [VIDEOS.filter((_, i) => i !== 1 && i !== 3)]);
  assert.equal(count, 7);
  assert.deepEqual(progress, VIDEOS.map((_, i) => i + 1));
  assert.ok(noted.most > 1 && noted.most <= 4, String(noted.most));
});

test('with too few that can be read, or once it is cancelled, nothing is kept', async () => {
  const few = background();
  const examples = [...VIDEOS.slice(0, 4), 'picture:ab'];
  const short = await learnAgain(channelOf({ examples }), few.ask, new AbortController().signal, () => undefined);
  assert.deepEqual(short.reply, { ok: false, reason: 'too-few', detail: '4' });
  const { noted, ask } = background();
  const stop = new AbortController();
  const { reply } = await learnAgain(channelOf(), ask, stop.signal, (done) => done === 2 && stop.abort());
  assert.deepEqual(reply, { ok: false, reason: 'cancelled' });
  assert.ok(noted.read.length < VIDEOS.length);
  assert.deepEqual([few.noted.kept, noted.kept], [[], []]);
});

test('files are told by how they begin, not by what they are called', async () => {
  const kinds = { '\xff\xd8\xff\xe0': true, '\x89PNG\r\n\x1a\n': true, 'RIFF\x10\n\0\0WEBP': true, 'RIFF1234WAVE': false, 'GIF89a': false, '': false };
  for (const [start, expected] of Object.entries(kinds)) {
    const file = new File([Uint8Array.from(start, (letter) => letter.charCodeAt(0))], 'a.png', { type: 'image/png' });
    assert.equal(await isPictureFile(file), expected, JSON.stringify(start));
  }
});

function filesOf(...names: string[]): File[] {
  return names.map((name) => new File([name], name));
}

test('pictures are read once each, and what cannot be used is named', async () => {
  const failed = { ok: false, reason: 'decode' } as const;
  const read = new PicturesRead({
    isPicture: ({ name }) => Promise.resolve(!name.startsWith('text')),
    read: ({ name }) =>
      name.startsWith('lost')
        ? Promise.reject(new Error('lost'))
        : Promise.resolve(name.startsWith('bad') ? failed : { ok: true, example: `picture:${name.replace(' copy', '')}` }),
  });
  let changes = 0;
  await read.add(filesOf('a', 'text', 'bad', 'a copy', 'lost', 'b'), () => changes++);
  assert.equal(changes, 6);
  assert.deepEqual([...read.examples].sort(), ['picture:a', 'picture:b']);
  assert.equal(read.fileOf('picture:b')?.name, 'b');
  assert.deepEqual(read.progress, { done: 6, of: 6 });
  const faults = Object.fromEntries(read.bad.map(({ name, fault }) => [name, fault]));
  assert.deepEqual(faults, { 'text': 'type', 'bad': failed, 'a copy': 'same', 'lost': { ok: false, reason: 'internal', detail: 'lost' } });
  await read.add(filesOf('c'), () => undefined);
  assert.deepEqual([read.bad, read.progress, read.examples.length], [[], { done: 1, of: 1 }, 3]);
});

test('of too many pictures the last are left out, also while others are read', async () => {
  const read = new PicturesRead({
    isPicture: () => Promise.resolve(true),
    read: ({ name }) => Promise.resolve({ ok: true, example: `picture:${name}` }),
  });
  const names = Array.from({ length: MOST_EXAMPLES + 3 }, (_, i) => String(i));
  await Promise.all([read.add(filesOf(...names.slice(0, 100)), () => undefined), read.add(filesOf(...names.slice(100)), () => undefined)]);
  assert.equal(read.examples.length, MOST_EXAMPLES);
  assert.deepEqual(read.bad.map(({ fault }) => fault), ['many', 'many', 'many']);
  assert.deepEqual(read.progress, { done: names.length, of: names.length });
});

test('what a file of channels would change is said in numbers', () => {
  const reply = { ok: true, added: 3, newer: 2, conflicts: 1, unchanged: 5, stale: 0, change: '' } as const;
  assert.match(importText(reply, EN), /^3 new, 2 newer, 1 in conflict; unchanged: 5\. In conflict: .*newer one stays\.$/);
  assert.equal(importText({ ...reply, conflicts: 0 }, EN), '3 new, 2 newer, 0 in conflict; unchanged: 5.');
  assert.match(importText({ ...reply, stale: 2 }, FR), /à réapprendre\u00a0: 2\.$/);
});

test('many names are cut short', () => {
  const names = Array.from({ length: 500 }, (_, i) => `C${i}`);
  assert.equal(namesText(names.slice(0, 2), EN), 'C0, C1');
  assert.match(namesText(names, EN), /^C0, .*C11 and 488 more$/);
});

function withoutChannels(): unknown {
  const json = metadataJson(true);
  const prior = { file: 'model.json', features: 4, components: 2, near: [1], drawn: 1, held: 1, rows: 9 };
  return {
    ...json,
    channels: [],
    outputs: { probabilities: null, unknown: null },
    unknown: null,
    metrics: {},
    features: { output: 'features', fingerprint: 'f', prior },
  };
}

test('of a model without channels nothing is said that was not measured', () => {
  const metadata = parseMetadata(withoutChannels());
  const facts = modelFacts(metadata, { bytes: 1_000_000, origin: 'packaged' }, EN);
  assert.deepEqual(facts.map(([label]) => label), ['Size', 'From']);
});

test('strictness is that of the model, or of what was learnt where it has no channels', () => {
  const { unknown } = parseMetadata(metadataJson(true));
  const unmeasured: ChannelsReply = { ok: true, channels: [], canLearn: true, browsing: { own: 0, others: 0 }, corrections: 0 };
  const reply: ChannelsReply = { ...unmeasured, unknown };
  const released = parseMetadata(withoutChannels());
  assert.deepEqual(strictnessOf(parseMetadata(metadataJson(true)), unmeasured), { measured: unknown });
  assert.equal(strictnessOf(parseMetadata(metadataJson()), reply), 'none');
  assert.deepEqual(strictnessOf(released, reply), { measured: unknown });
  assert.equal(strictnessOf(released, unmeasured), 'learnt');
  assert.equal(strictnessOf(released, null), 'learnt');
  assert.equal(strictnessOf(released, { ok: false, reason: 'internal' }), 'learnt');
});
