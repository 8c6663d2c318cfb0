/** The pages of the extension, without a browser: their words, what they read, and the keys of their HTML. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { localiser } from '../../../extension/src/shared/i18n.ts';
import type { ClassifyResult } from '../../../extension/src/shared/messages.ts';
import { parseMetadata, type Unknown } from '../../../extension/src/model/metadata.ts';
import { DEFAULT_SETTINGS, type Language } from '../../../extension/src/shared/settings.ts';
import { operatingPoint } from '../../../extension/src/model/operating-point.ts';
import { siteOf, withSite } from '../../../extension/src/shared/sites.ts';
import { addressOf } from '../../../extension/src/ui/picture.ts';
import { pointsOf, positionOf } from '../../../extension/src/ui/strictness-scale.ts';
import { readServer } from '../../../extension/src/ui/server-address.ts';
import { readSettings, writeSettings } from '../../../extension/src/ui/settings-file.ts';
import { ago, becauseOf, modelFacts, modelOf, shortName, strictnessText, verdict } from '../../../extension/src/ui/text.ts';
import { keysOf } from '../support/locales.ts';
import { metadataJson } from '../support/tiny-model.ts';

const UI = new URL('../../../extension/src/ui/', import.meta.url);
const PAGES = readdirSync(UI).filter((name) => name.endsWith('.html'));

const SCORE = { name: 'red', displayName: 'RED', handle: '', probability: 0.9 };
const RESULT: ClassifyResult = {
  ok: true,
  known: true,
  certain: true,
  confident: true,
  channel: SCORE,
  scores: [SCORE, { ...SCORE, name: 'green', displayName: 'GREEN', probability: 0.06 }],
  unknown: 0.04,
  threshold: 0.5,
};

/** Spaces that do not break are as good as others here. */
function plain(text: string): string {
  return text.replaceAll(/[\u00a0\u202f]/g, ' ');
}

function words(language: Language): { language: Language; t: ReturnType<typeof localiser> } {
  return { language, t: localiser(language) };
}

function unknownOf(recalls: readonly number[]): Unknown {
  const curve = recalls.map((knownRecall, i) => ({ threshold: (i + 1) / 10, knownRecall, falseKnown: i / 20 }));
  return { threshold: 0.25, lookalikeThreshold: null, auroc: 0.9, knownRecall: 0.9, falseKnown: 0.1, drawn: false, curve };
}

test('every key in the HTML has a text', () => {
  const keys = keysOf('en');
  assert.ok(PAGES.length >= 5);
  for (const page of PAGES) {
    const used = [...readFileSync(new URL(page, UI), 'utf8').matchAll(/(?:data-i18n(?:-\w+)?="|<!-- head: )(\w+)/g)];
    assert.ok(used.length > 0, page);
    assert.deepEqual(used.map(([, key]) => key ?? '').filter((key) => !keys.includes(key)), [], page);
  }
});

test('the HTML holds no script, style or event handler of its own', () => {
  for (const page of PAGES) {
    const html = readFileSync(new URL(page, UI), 'utf8');
    assert.doesNotMatch(html, /<script(?![^>]* src=")[^>]*>|<style|\sstyle=|\son\w+=|https?:\/\/(?!\*|127\.0\.0\.1|i\.ytimg\.com)/, page);
  }
});

test('no text of a page is left without use', () => {
  const sources = readdirSync(UI).map((name) => readFileSync(new URL(name, UI), 'utf8')).join('\n');
  const stems = [...sources.matchAll(/`(\w+_)\$\{/g)].map(([, stem]) => stem ?? '');
  const own = keysOf('en').filter((key) => /^(?:popup|options|welcome|why|privacy|ui)_/.test(key));
  const unused = own.filter((key) => !sources.includes(key) && !stems.some((stem) => key.startsWith(stem)));
  assert.deepEqual(unused, []);
});

test('the first page shows every drawn sample, and they are small', () => {
  const folder = new URL('../../samples/', UI);
  const files = readdirSync(folder);
  const shown = [...readFileSync(new URL('welcome.html', UI), 'utf8').matchAll(/<img src="samples\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(shown.sort(), files.sort());
  assert.equal(files.length, 4);
  const contents = files.map((name) => readFileSync(new URL(name, folder)));
  assert.ok(contents.every((content) => content.readUInt16BE(0) === 0xffd8), 'JPEG');
  assert.ok(contents.reduce((sum, { length }) => sum + length, 0) < 60_000);
});

test('an answer is said in words', () => {
  assert.deepEqual(verdict(RESULT, words('en')), { state: 'known', text: 'RED 90%' });
  assert.equal(plain(verdict(RESULT, words('fr')).text), 'RED 90 %');
  assert.deepEqual(verdict({ ...RESULT, known: false }, words('en')), { state: 'unknown', text: 'None of your channels' });
  assert.match(verdict({ ok: false, reason: 'http', detail: '404' }, words('en')).text, /\(404\)$/);
});

test('the reason of an answer names both sides of the line', () => {
  assert.match(becauseOf(RESULT, words('en')), /^RED is named .* 4%, which is below the threshold of 50%\.$/);
  assert.match(becauseOf({ ...RESULT, known: false, unknown: 0.8 }, words('en')), /80%, .*not below the threshold of 50%\. The nearest is RED\.$/);
  assert.match(becauseOf({ ...RESULT, unknown: null, threshold: null }, words('en')), /knows only its channels/);
});

test('strictness is said in shares of thumbnails, or that nobody measured', () => {
  const point = { threshold: 0.5, knownRecall: 0.95, falseKnown: 0.12 };
  assert.equal(strictnessText(point, words('en')), 
    'Recognises 95% of your channels’ thumbnails; takes 12% of others for them. Of ten named, about 5 are right, if one thumbnail in ten is theirs.',
  );
  assert.match(plain(strictnessText(point, words('fr'))), /^Reconnaît 95 % .* 12 %/);
  assert.match(strictnessText({ threshold: 0.5, knownRecall: null, falseKnown: null }, words('en')), /has not been measured/);
});

test('a model is described in the language of the page', () => {
  const status = { model: { ok: true, metadata: metadataJson(true), origin: 'server', bytes: 1_640_000 } as const, server: 'none', wantedHosts: [] } as const;
  const model = modelOf(status);
  assert.ok('metadata' in model);
  const facts = Object.fromEntries(modelFacts(model.metadata, model.facts, words('fr')));
  assert.equal(facts['F1 macro'], '0,900');
  assert.equal(plain(facts['Taille'] ?? ''), '1,6 Mo');
  assert.equal(facts['Vient de'], 'votre serveur');
  assert.equal(facts['Entraîné'], '23 nov. 2026');
  assert.match(plain(facts['Mesuré'] ?? ''), /^Reconnaît 95 %/);
});

test('a model that cannot be read is a failure, and one without strangers says so', () => {
  const status = { server: 'none', wantedHosts: [] } as const;
  const failed = modelOf({ ...status, model: { ok: true, metadata: {}, origin: 'packaged', bytes: 1 } });
  assert.ok('reason' in failed && failed.reason === 'model-broken' && failed.detail?.includes('schema'));
  const facts = modelFacts(parseMetadata(metadataJson()), { bytes: 1, origin: 'packaged' }, words('en'));
  assert.match(new Map(facts).get('Measured') ?? '', /knows only its channels/);
});

test('the slider has the useful points of the curve, and finds its place', () => {
  const unknown = unknownOf([0.1, 0.6, 0.6, 0.9, 1]);
  const points = pointsOf(unknown);
  assert.deepEqual(points.map(({ knownRecall }) => knownRecall), [0.6, 0.9, 1]);
  for (const [index, { knownRecall }] of points.entries()) {
    assert.equal(positionOf(points, unknown, knownRecall), index);
    assert.equal(operatingPoint(unknown, knownRecall).threshold, points[index]?.threshold);
  }
  assert.equal(positionOf(points, unknown, null), 1); // the first that is at least as loose as 0.25
  assert.deepEqual(pointsOf(null), []);
  assert.deepEqual(pointsOf({ ...unknown, curve: [] }), []);
});

test('an address of a server is read as it is typed, and what is wrong is named', () => {
  assert.deepEqual(readServer(' 127.0.0.1:8765 ', false), { server: 'http://127.0.0.1:8765' });
  assert.deepEqual(readServer('http://localhost:8765/report', false), { server: 'http://localhost:8765' });
  assert.deepEqual(readServer('', false), { server: '' });
  assert.deepEqual(readServer('http://192.168.1.2:1', false), { problem: 'remote' });
  assert.deepEqual(readServer('https://example.org', true), { server: 'https://example.org' });
  assert.deepEqual(readServer('ftp://127.0.0.1', true), { problem: 'protocol' });
  assert.deepEqual(readServer('http://me:secret@127.0.0.1', false), { problem: 'credentials' });
  assert.deepEqual(readServer('http://:99999', false), { problem: 'address' });
});

test('settings go into a file and come back, and a bad file names its field', () => {
  const settings = { ...DEFAULT_SETTINGS, disabledSites: ['a.example'], knownRecall: 0.9 };
  assert.deepEqual(readSettings(writeSettings(settings)), { settings });
  assert.deepEqual(readSettings(JSON.stringify({ ...settings, dwellMs: -5 })), { field: 'dwellMs', value: '-5' });
  const notJson = readSettings('{');
  assert.ok('field' in notJson && notJson.field === null);
  const long = readSettings(JSON.stringify({ ...settings, server: 'x'.repeat(500) }));
  assert.ok('value' in long && long.value.length <= 60);
});

test('only thumbnails and plain https addresses are explained', () => {
  const thumbnail = 'https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg';
  assert.deepEqual(addressOf(thumbnail), { url: thumbnail, thumbnail: true });
  assert.deepEqual(addressOf('https://cdn.example/a.jpg'), { url: 'https://cdn.example/a.jpg', thumbnail: false });
  for (const text of [null, '', 'javascript:alert(1)', 'data:image/png,', 'http://cdn.example/a.jpg', 'https://me@cdn.example/a.jpg', 'blob:https://a.example/1']) {
    assert.equal(addressOf(text), null, String(text));
  }
});

test('sites are hosts of pages on the web', () => {
  assert.equal(siteOf('https://www.youtube.com/watch?v=1'), 'www.youtube.com');
  assert.equal(siteOf('http://localhost:8000/'), 'localhost:8000');
  for (const address of [undefined, '', 'about:blank', 'chrome-extension://a/b.html', 'file:///a']) {
    assert.equal(siteOf(address), null);
  }
  assert.deepEqual(withSite(['b.example'], 'a.example', true), ['a.example', 'b.example']);
  assert.deepEqual(withSite(['a.example'], 'a.example', true), ['a.example']);
  assert.deepEqual(withSite(['a.example', 'b.example'], 'a.example', false), ['b.example']);
});

test('times and names are short', () => {
  assert.equal(ago(1000, 1000, 'en'), 'now');
  assert.match(ago(0, 5 * 60_000 + 3000, 'en'), /^5\s?m/);
  assert.match(ago(0, 3 * 3_600_000, 'fr'), /3\s?h/);
  assert.equal(ago(9999, 0, 'en'), 'now'); // the clock was set back
  assert.equal(shortName('https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg'), 'dQw4w9WgXcQ');
  assert.equal(shortName('https://cdn.example/a.jpg'), 'cdn.example');
  assert.equal(shortName('holiday.png'), 'holiday.png');
});
