/** Learning a channel step by step, against a background that is scripted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Flow } from '../../../extension/src/learn/flow.ts';
import { buttonsOf, leadOf, notesOf, sampleOf, titleOf } from '../../../extension/src/learn/words.ts';
import { localiser } from '../../../extension/src/shared/i18n.ts';
import { isSameChannel } from '../../../extension/src/shared/learning.ts';
import type { Request } from '../../../extension/src/shared/messages.ts';

const CHANNEL = { id: '', handle: 'fireship', name: 'Fireship' };
const t = localiser('en');
const examples = Array.from({ length: 8 }, (_, i) => `video-0000${i}`);
const CHANNELS = { ok: true, channels: [], canLearn: true, browsing: { own: 0, others: 0 }, corrections: 0 };
const PREVIEW = {
  ok: true,
  count: 8,
  quality: 'rough',
  tested: examples.map((example, i) => ({ example, recognised: i !== 2 })),
  others: [],
  strangers: { taken: 1, of: 550 },
  alike: [{ name: 'Theo', mixed: 3, of: 40 }],
  known: false,
  failed: [],
};

type Answer = (request: Request, times: number) => unknown;

/** A flow with eight thumbnails, and what it asks. */
function makeFlow(answers: Partial<Record<Request['type'], Answer>> = {}, isPrivate = false): { flow: Flow; asked: Request[] } {
  const asked: Request[] = [];
  const usual: Partial<Record<Request['type'], Answer>> = {
    channels: () => CHANNELS,
    glance: () => ({ ok: false, reason: 'no-channels' }),
    'learn-preview': () => PREVIEW,
    'learn-keep': () => ({ ok: true, change: 'c1' }),
    'learn-undo': () => ({ ok: true }),
  };
  const ask = async (request: Request): Promise<unknown> => {
    asked.push(request);
    await Promise.resolve();
    return { ...usual, ...answers }[request.type]?.(request, asked.filter(({ type }) => type === request.type).length);
  };
  const flow = new Flow({ channel: CHANNEL, ask, isPrivate });
  flow.offer(examples);
  return { flow, asked };
}

const typesOf = (asked: readonly Request[]): string[] => [...new Set(asked.map(({ type }) => type))];

test('learn, keep and undo: each thumbnail is read once, and nothing is stored before Keep', async () => {
  const { flow, asked } = makeFlow();
  await flow.start();
  await flow.learn();
  assert.equal(flow.state.step, 'preview');
  assert.equal(asked.filter(({ type }) => type === 'glance').length, 8);
  assert.deepEqual(typesOf(asked), ['channels', 'glance', 'learn-preview']);
  assert.equal(leadOf(flow, t), 'Recognised 7 of 8, each left out in turn; took 1 of 550 thumbnails of strangers for it.');
  await flow.keep();
  assert.equal(titleOf(flow, t), 'Fireship is learnt');
  assert.deepEqual(buttonsOf(flow), ['close', 'undo']);
  await flow.undo();
  assert.deepEqual([flow.state.step, asked.at(-1)], ['undone', { type: 'learn-undo', change: 'c1' }]);
});

test('what is not ticked is not learnt, and what comes later is ticked', async () => {
  const { flow, asked } = makeFlow();
  flow.tick(examples[0]!, false);
  flow.offer([...examples, 'video-later']);
  await flow.learn();
  const preview = asked.find(({ type }) => type === 'learn-preview') as Request<'learn-preview'>;
  assert.deepEqual(JSON.parse(preview.examples), [...examples.slice(1), 'video-later']);
  assert.deepEqual(JSON.parse(preview.channel), CHANNEL);
});

test('fewer than five are not yet enough, but to what is known one may be added', async () => {
  const { flow, asked } = makeFlow();
  flow.tickAll(false);
  examples.slice(0, 3).forEach((example) => flow.tick(example, true));
  await flow.learn();
  assert.deepEqual([flow.state.step, flow.isShort, asked.length], ['choose', true, 0]);
  assert.match(leadOf(flow, t), /needs 5 thumbnails, and 3 are ticked/);
  const known = { ...CHANNELS, channels: [{ ...CHANNEL, handle: 'FireShip', key: '@fireship', source: 'learnt', examples: examples.slice(2) }] };
  const other = makeFlow({ channels: () => known });
  await other.flow.start();
  assert.deepEqual([other.flow.known?.key, other.flow.fresh], ['@fireship', 2]);
  other.flow.tickAll(false);
  other.flow.tick(examples[0]!, true);
  await other.flow.learn();
  assert.equal(other.flow.state.step, 'preview');
});

test('a request that nobody lived to answer is asked once more with the same id', async () => {
  const { flow, asked } = makeFlow({
    'learn-keep': (_, times) => (times === 1 ? Promise.reject(new Error('the worker is gone')) : { ok: true, change: 'c2' }),
    'learn-preview': (_, times) => (times === 1 ? undefined : PREVIEW),
  });
  await flow.learn();
  await flow.keep();
  assert.deepEqual(flow.state, { step: 'done', change: 'c2', count: 8 });
  for (const type of ['learn-preview', 'learn-keep'] as const) {
    const [first, second, ...more] = asked.filter((request) => request.type === type);
    assert.deepEqual([first, more], [second, []]);
  }
});

test('a thumbnail that is refused for more urgent ones is asked for again; one that is missing is left out and told', async () => {
  const { flow } = makeFlow({
    glance: (request, times) =>
      (request as Request<'glance'>).url.includes(examples[3]!)
        ? { ok: false, reason: 'placeholder' }
        : times === 1 ? { ok: false, reason: 'cancelled' } : { ok: false, reason: 'no-channels' },
  });
  await flow.learn();
  assert.ok(flow.state.step === 'preview');
  assert.deepEqual(flow.state.failed, [{ example: examples[3], reason: 'placeholder' }]);
  const notes = notesOf({ ...flow.state, name: 'Fireship' }, t);
  assert.equal(notes[0], 'Rough, from 8 thumbnails: the badge will say “Maybe Fireship”.');
  assert.equal(notes[1], 'Mixed up with Theo: 3 times in 40.');
  assert.match(notes[2]!, /^1 could not be read: /);
});

test('where nothing can be read, the reason is said, and one may go back', async () => {
  const { flow } = makeFlow({ glance: () => ({ ok: false, reason: 'network', detail: 'x' }) });
  await flow.learn();
  assert.deepEqual(flow.state, { step: 'problem', failure: { ok: false, reason: 'network', detail: 'x' }, back: true });
  flow.back();
  assert.equal(flow.state.step, 'choose');
});

test('Cancel takes back what is on its way, and its answers change nothing', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((done) => (release = done));
  const { flow, asked } = makeFlow({ glance: async () => (await held, { ok: false, reason: 'no-channels' }) });
  const learning = flow.learn();
  flow.cancel();
  release();
  await learning;
  assert.equal(flow.state.step, 'choose');
  const glances = asked.filter(({ type }) => type === 'glance') as Request<'glance'>[];
  const cancels = asked.filter(({ type }) => type === 'cancel') as Request<'cancel'>[];
  assert.deepEqual(cancels.map(({ id }) => id), glances.map(({ id }) => id));
  assert.ok(glances.length < examples.length && !typesOf(asked).includes('learn-preview'));
});

for (const [reason, answers, isPrivate] of [
  ['private', {}, true],
  ['cannot-learn', { channels: () => ({ ...CHANNELS, canLearn: false }) }, false],
  ['model-missing', { channels: () => ({ ok: false, reason: 'model-missing' }) }, false],
] as const) {
  test(`${reason}: nothing can be learnt, and it is said why`, async () => {
    const { flow, asked } = makeFlow(answers, isPrivate);
    await flow.start();
    assert.ok(flow.state.step === 'problem' && flow.state.failure.reason === reason && !flow.state.back);
    assert.deepEqual(buttonsOf(flow), ['close']);
    assert.equal(asked.length, isPrivate ? 0 : 1);
  });
}

test('500 channels are all that there is room for, but one of them may be learnt on', async () => {
  const channels = Array.from({ length: 500 }, (_, i) => ({ id: '', handle: `h${i}`, name: `N${i}`, key: `@h${i}`, source: 'learnt', examples: [] }));
  const { flow, asked } = makeFlow({ channels: () => ({ ...CHANNELS, channels }) });
  await flow.start();
  await flow.learn();
  assert.deepEqual([flow.state.step, flow.isFull, typesOf(asked)], ['choose', true, ['channels']]);
  const own = makeFlow({ channels: () => ({ ...CHANNELS, channels: [...channels.slice(1), { ...CHANNEL, key: 'k', source: 'learnt', examples: [] }] }) });
  await own.flow.start();
  assert.equal(own.flow.isFull, false);
});

test('the store is full: nothing was kept, and it is said', async () => {
  const { flow } = makeFlow({ 'learn-keep': () => ({ ok: false, reason: 'quota' }) });
  await flow.learn();
  await flow.keep();
  assert.ok(flow.state.step === 'problem' && flow.state.failure.reason === 'quota');
});

test('the six of a preview have missed ones in their share', () => {
  const tested = Array.from({ length: 36 }, (_, i) => ({ recognised: i % 6 !== 0 }));
  assert.equal(sampleOf(tested, 6).filter(({ recognised }) => !recognised).length, 1);
  assert.equal(sampleOf(tested.slice(0, 3), 6).length, 3);
  assert.deepEqual(sampleOf([], 6), []);
});

test('channels are the same by id, else by handle, else by name', () => {
  const id = `UC${'a'.repeat(22)}`;
  assert.ok(isSameChannel({ id, handle: 'a', name: 'A' }, { id, handle: 'b', name: 'B' }));
  assert.ok(!isSameChannel({ id, handle: 'a', name: 'A' }, { id: `UC${'b'.repeat(22)}`, handle: 'a', name: 'A' }));
  assert.ok(isSameChannel({ id, handle: 'Ann', name: 'A' }, { id: '', handle: 'ann', name: 'B' }));
  assert.ok(isSameChannel({ id: '', handle: '', name: 'A ' }, { id: '', handle: 'a', name: 'a' }), 'learnt from pictures, and then on its page');
  assert.ok(!isSameChannel({ id: '', handle: 'b', name: 'A' }, { id: '', handle: 'a', name: 'A' }));
});
