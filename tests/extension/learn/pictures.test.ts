import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Pictures } from '../../../extension/src/learn/pictures.ts';

const CANVAS = { getContext: () => null } as unknown as HTMLCanvasElement;

/** Pictures that are read when the test says so; what was begun, in order. */
function makePictures(): { pictures: Pictures; begun: string[]; finish: (example: string) => Promise<void> } {
  const begun: string[] = [];
  const reading = new Map<string, (blob: null) => void>();
  const pictures = new Pictures((example) => {
    begun.push(example);
    return new Promise((done) => reading.set(example, done));
  });
  const finish = async (example: string): Promise<void> => {
    reading.get(example)?.(null);
    await setImmediate();
  };
  return { pictures, begun, finish };
}

const drawAll = (pictures: Pictures, examples: string): Promise<unknown> => {
  examples.split('').forEach((example) => void pictures.draw(example, CANVAS));
  return setImmediate();
};

test('a few are read at a time, in the order in which they were asked for, each once', async () => {
  const { pictures, begun, finish } = makePictures();
  await drawAll(pictures, 'abcdefa');
  assert.deepEqual(begun, 'abcd'.split(''));
  await finish('c');
  assert.deepEqual(begun, 'abcde'.split(''));
});

test('while it is held nothing more is begun, and later all is', async () => {
  const { pictures, begun, finish } = makePictures();
  await drawAll(pictures, 'abcde');
  pictures.hold(true);
  await finish('a');
  await drawAll(pictures, 'x');
  assert.deepEqual(begun, 'abcd'.split(''));
  pictures.hold(false);
  await setImmediate();
  assert.deepEqual(begun, 'abcde'.split(''));
  await finish('b');
  assert.deepEqual(begun, 'abcdex'.split(''));
});

test('a picture that cannot be read makes room for the next', async () => {
  const pictures = new Pictures((example) => (example === 'z' ? Promise.resolve(null) : Promise.reject(new Error('offline'))));
  const asked: string[] = [];
  const warn = console.warn;
  console.warn = (text: string) => asked.push(text);
  try {
    await drawAll(pictures, 'abcdef');
  } finally {
    console.warn = warn;
  }
  assert.equal(asked.length, 6);
});
