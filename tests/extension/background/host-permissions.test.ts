import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MAX_HOSTS, HostPermissions } from '../../../extension/src/background/host-permissions.ts';
import type { ImageSource } from '../../../extension/src/background/image-source.ts';
import { memorySlot, until } from '../support/memory-slot.ts';

function source(host: string): ImageSource {
  return { url: `https://${host}/a.png`, key: '', thumbnail: null };
}

async function refused(wanted: HostPermissions, host: string): Promise<void> {
  await assert.rejects(wanted.check(source(host)), { reason: 'not-allowed', detail: host });
}

test('notes the hosts that may not be read yet, the last first, for the next life of the worker too', async () => {
  const slot = memorySlot();
  const wanted = new HostPermissions(slot, () => Promise.resolve(false));
  for (const host of ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example', 'c.example']) {
    await refused(wanted, host);
  }
  const expected = ['c.example', 'f.example', 'e.example', 'd.example', 'b.example'];
  assert.equal(expected.length, MAX_HOSTS);
  assert.deepEqual(await wanted.hosts(), expected);
  await until(() => slot.saved.length > 0);
  assert.deepEqual(await new HostPermissions(slot, () => Promise.resolve(false)).hosts(), expected);
});

test('passes what may be read, and forgets hosts that were allowed since', async () => {
  const allowed = new Set<string>();
  const wanted = new HostPermissions(memorySlot(), (origin) => Promise.resolve(allowed.has(origin)));
  await refused(wanted, 'a.example');
  await refused(wanted, 'b.example');
  allowed.add('https://b.example');
  await wanted.check(source('b.example'));
  assert.deepEqual(await wanted.hosts(), ['a.example']);
});

test('a redirect may lead to public hosts that may be read', async () => {
  const wanted = new HostPermissions(memorySlot(), (origin) => Promise.resolve(origin !== 'https://b.example'));
  const allows = (address: string): Promise<boolean> => wanted.allows(new URL(address));
  assert.equal(await allows('https://a.example/x'), true);
  for (const address of ['https://b.example/x', 'http://a.example/x', 'https://127.0.0.1/x', 'https://www.youtube.com/x']) {
    assert.equal(await allows(address), false, address);
  }
});

test('ignores what is damaged in the store', async () => {
  for (const [stored, expected] of [['text', []], [[1, 'a.example', null], ['a.example']]]) {
    assert.deepEqual(await new HostPermissions(memorySlot(stored), () => Promise.resolve(false)).hosts(), expected);
  }
});
