/** The whole page at a glance, as far as it needs no page: what is asked first, what is done to whom, what is counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { distanceTo, nearestFirst } from '../../../extension/src/content/glance/nearness.ts';
import { Requests } from '../../../extension/src/content/glance/requests.ts';
import { isOnUndo, undoBox } from '../../../extension/src/content/glance/undo-button.ts';
import { isCounted, isCovering, textOf, uncovered, type Verdict, verdictOf } from '../../../extension/src/content/glance/verdict.ts';
import { localiser } from '../../../extension/src/shared/i18n.ts';
import { ClassifyError, type ClassifyReply, type ClassifyResult, failure } from '../../../extension/src/shared/messages.ts';
import { type Action, ACTIONS, type Actions, LANGUAGES } from '../../../extension/src/shared/settings.ts';

const BOX = { left: 100, top: 100, right: 200, bottom: 150 };

test('nearness is 0 inside, and grows with the way to the nearest edge', () => {
  assert.equal(distanceTo({ x: 150, y: 120 }, BOX), 0);
  assert.equal(distanceTo({ x: 90, y: 120 }, BOX), 10);
  assert.equal(distanceTo({ x: 203, y: 154 }, BOX), 5);
});

test('the nearest is first, and of equals the one that was first', () => {
  const boxes = [0, 300, 100, 101].map((left) => ({ left, top: 0, right: left + 100, bottom: 50 }));
  const order = (waitedMs: (box: (typeof boxes)[number]) => number): number[] =>
    nearestFirst(boxes, { x: 150, y: 10 }, (box) => box, waitedMs).map(({ left }) => left);
  assert.deepEqual(order(() => 0), [100, 101, 0, 300]);
  assert.deepEqual(order(({ left }) => (left === 300 ? 500 : 100)), [300, 100, 101, 0], 'what waits long is not left behind');
});

const CHANNEL = { name: 'a', displayName: 'Alpha', handle: '@alpha', probability: 0.95 };
const OTHER = { name: 'b', displayName: 'Beta', handle: '@beta', probability: 0.03 };
const SURE: ClassifyResult = {
  ok: true, known: true, certain: true, confident: true, channel: CHANNEL, scores: [CHANNEL, OTHER], unknown: 0.01, threshold: 0.5,
};
const UNSURE = { ...SURE, certain: false, confident: false };
const NONE = { ...SURE, known: false, certain: false, unknown: 0.9 };
const OF_CHANNELS = { a: 'blur', toString: 'hide' } as unknown as Readonly<Record<string, Action>>;
const CHOSEN: Actions = { channels: OF_CHANNELS, known: 'dim', lookalike: 'hide', none: 'hide' };
const STRANGER = { names: ['Somebody'], handle: '@somebody' };
const OWN = { names: ['Alpha'], handle: '@alpha' };

test('each kind of answer gets what was chosen for it', () => {
  const channel = (name: string) => ({ ...SURE, channel: { ...CHANNEL, name } });
  const action = (...[reply, uploader]: [ClassifyResult, typeof OWN | null]) => verdictOf(reply, uploader, CHOSEN).action;
  assert.equal(action(SURE, null), 'blur');
  assert.equal(action(SURE, OWN), 'blur');
  assert.equal(action(channel('c'), null), 'dim', 'as all other channels');
  assert.equal(action(channel('toString'), null), 'hide');
  assert.equal(action(channel('valueOf'), null), 'dim', 'a name is no property of every object');
  assert.deepEqual(verdictOf(SURE, STRANGER, CHOSEN), { state: 'lookalike', action: 'hide', channel: CHANNEL });
  assert.deepEqual(verdictOf(NONE, null, CHOSEN), { state: 'unknown', action: 'hide', channel: null });
  assert.deepEqual(verdictOf(NONE, STRANGER, CHOSEN), { state: 'unknown', action: 'hide', channel: null });
});

test('what is not sure gets a quiet mark, unless nothing was chosen', () => {
  const quiet = (...[reply, uploader]: [ClassifyResult, typeof OWN | null]) => verdictOf(reply, uploader, CHOSEN).action === 'quiet';
  assert.ok(quiet(UNSURE, null));
  assert.ok(quiet({ ...NONE, confident: false }, null));
  assert.ok(quiet(UNSURE, STRANGER), 'none of the channels only because another one posted it');
  assert.ok(quiet({ ...SURE, channel: { ...CHANNEL, probability: 0.5 } }, STRANGER), 'too little for a look-alike');
  const nothing: Actions = { channels: {}, known: 'nothing', lookalike: 'nothing', none: 'nothing' };
  for (const reply of [SURE, UNSURE, NONE]) assert.equal(verdictOf(reply, null, nothing).action, 'nothing');
});

test('what the page says to be of one of the channels is never covered as none of them', () => {
  for (const uploader of [OWN, { names: ['Beta'], handle: null }]) {
    assert.equal(verdictOf(NONE, uploader, CHOSEN).action, 'quiet');
  }
});

function verdict(state: Verdict['state'], action: Verdict['action']): Verdict {
  return { state, action, channel: state === 'unknown' ? null : CHANNEL };
}

test('the icon counts what is named and what is covered', () => {
  const counted = (['known', 'lookalike', 'unknown'] as const).map((state) =>
    [...ACTIONS, 'quiet' as const].filter((action) => isCounted(verdict(state, action))),
  );
  assert.deepEqual(counted, [['mark', 'dim', 'blur', 'hide'], ['mark', 'dim', 'blur', 'hide'], ['dim', 'blur', 'hide']]);
});

test('what a person wants to see is marked at most', () => {
  for (const action of [...ACTIONS, 'quiet' as const]) {
    const shown = uncovered(verdict('known', action));
    assert.equal(shown.action, isCovering(verdict('known', action)) ? 'mark' : action);
  }
});

for (const language of LANGUAGES) {
  test(`marks say the name, and covers what they hide, in ${language}`, () => {
    const t = localiser(language);
    assert.equal(textOf(verdict('known', 'mark'), t), 'Alpha');
    assert.equal(textOf(verdict('unknown', 'mark'), t), '');
    assert.equal(textOf(verdict('known', 'quiet'), t), '');
    assert.match(textOf(verdict('lookalike', 'blur'), t), /^(?:Looks like|Ressemble à) Alpha$/);
    assert.match(textOf(verdict('known', 'hide'), t), /^(?:Hidden|Masquée\u00a0): Alpha$/);
    assert.match(textOf(verdict('unknown', 'hide'), t), /^(?:Hidden: none of your channels|Masquée\u00a0: aucune de vos chaînes)$/);
  });
}

test('the round button lies in the lower corner at the start, within the thumbnail however small that is', () => {
  assert.deepEqual(undoBox({ left: 0, top: 0, right: 320, bottom: 180 }), { left: 6, top: 146, right: 34, bottom: 174 });
  assert.deepEqual(undoBox({ left: 0, top: 0, right: 300, bottom: 20 }), { left: 0, top: 0, right: 20, bottom: 20 });
  assert.ok(isOnUndo({ left: 0, top: 0, right: 320, bottom: 180 }, 20, 160));
  assert.ok(!isOnUndo({ left: 0, top: 0, right: 320, bottom: 180 }, 20, 130));
});

/** Answers that come when the test lets them, of addresses that are wanted as it says. */
function asking(wanted: string[]) {
  const waiting = new Map<string, (reply: ClassifyReply) => void>();
  const log: string[] = [];
  const requests: Requests = new Requests({
    ask: (url, signal) => {
      log.push(url);
      signal.addEventListener('abort', () => log.push(`no ${url}`));
      return new Promise((resolve) => waiting.set(url, resolve));
    },
    wanted: (): string[] => wanted.filter((url) => requests.get(url) === undefined),
    answered: (url) => log.push(`got ${url}`),
  });
  const answer = async (url: string, reply: ClassifyReply = SURE): Promise<void> => {
    waiting.get(url)!(reply);
    await new Promise((done) => setImmediate(done));
  };
  return { requests, log, answer };
}

test('a few are asked at once, and the next when one is answered', async () => {
  const { requests, log, answer } = asking(Array.from('abcdefgh'));
  requests.update();
  assert.deepEqual(log.splice(0), Array.from('abcdef'));
  await answer('c');
  assert.deepEqual(log.splice(0), ['got c', 'g']);
  requests.update();
  assert.deepEqual(log, []);
});

test('what is wanted no more is taken back, and its late answer is nobody’s', async () => {
  const wanted = Array.from('abcdefgh');
  const { requests, log, answer } = asking(wanted);
  requests.update();
  log.length = 0;
  wanted.splice(0, 2);
  requests.update();
  assert.deepEqual(log.splice(0), ['no a', 'no b', 'g', 'h']);
  await answer('a');
  assert.equal(requests.get('a'), undefined);
  requests.pause(true);
  assert.deepEqual(log.splice(0).sort(), Array.from('cdefgh', (url) => `no ${url}`));
  requests.update();
  assert.deepEqual(log, [], 'nothing while paused');
  requests.pause(false);
  assert.deepEqual(log, Array.from('cdefgh'));
});

test('what gave way to others is asked again, a few times; what failed, when it comes into view again', async () => {
  const { requests, log, answer } = asking(['a']);
  const cancelled = failure(new ClassifyError('cancelled'));
  requests.update();
  for (let time = 0; time < 3; time++) await answer('a', cancelled);
  assert.deepEqual(log.splice(0), ['a', 'a', 'a', 'got a']);
  requests.update();
  assert.deepEqual(log, []);
  requests.forgetFailure('a');
  requests.update();
  assert.deepEqual(log, ['a']);
});
