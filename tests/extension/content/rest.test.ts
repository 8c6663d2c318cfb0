/** Since when the pointer rests, with times that the test gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Rest } from '../../../extension/src/content/rest.ts';

test('a pointer that comes rests from then on, and no longer where it left', () => {
  const rest = new Rest();
  assert.deepEqual([rest.point, rest.duration(100)], [null, 0]);
  assert.ok(rest.move({ x: 10, y: 10 }, 100));
  assert.equal(rest.duration(140), 40);
  assert.ok(rest.move(null, 150));
  assert.deepEqual([rest.point, rest.duration(200)], [null, 0]);
});

test('a hand that trembles rests, however often it moves', () => {
  const rest = new Rest();
  rest.move({ x: 100, y: 100 }, 0);
  for (let time = 10; time <= 100; time += 10) {
    assert.ok(!rest.move({ x: 100 + ((time / 10) % 8), y: 100 }, time), `${time} ms`);
  }
  assert.equal(rest.duration(100), 100);
  assert.deepEqual(rest.point, { x: 102, y: 100 });
});

test('a hand that crosses the page never rests', () => {
  const rest = new Rest();
  for (let time = 0; time <= 1000; time += 16) {
    rest.move({ x: time, y: 0 }, time); // a thousand px a second
    assert.ok(rest.duration(time + 16) <= 32, `${time} ms`);
  }
});

test('what comes below a pointer by scrolling is new to it', () => {
  const rest = new Rest();
  rest.move({ x: 1, y: 1 }, 0);
  rest.restart(500);
  assert.equal(rest.duration(510), 10);
  assert.ok(!rest.move({ x: 2, y: 1 }, 520));
  assert.equal(rest.duration(520), 20);
});
