/** Whether YouTube may be asked for what a page only names, without a page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decide, isGoogle, isYouTubeHost, settingsFor, type Page } from '../../../extension/src/content/consent.ts';
import { frontEndOf } from '../../../extension/src/content/detect/front-end.ts';
import { DEFAULT_SETTINGS } from '../../../extension/src/shared/settings.ts';

const FORUM: Page = { host: 'forum.example', isYouTube: false, asksGoogle: false, isFrontEnd: false, isPrivate: false };
const FRONT_END: Page = { ...FORUM, host: 'inv.example', isFrontEnd: true };
const always = { ...DEFAULT_SETTINGS, linkedVideos: 'always' } as const;
const never = { ...DEFAULT_SETTINGS, linkedVideos: 'never' } as const;

test('a page that asks nobody of Google’s is asked about', () => {
  assert.equal(decide(DEFAULT_SETTINGS, FORUM), 'ask');
  assert.equal(decide(DEFAULT_SETTINGS, { ...FORUM, asksGoogle: true }), 'yes');
  assert.equal(decide(DEFAULT_SETTINGS, { ...FORUM, isPrivate: true }), 'ask-here');
});

test('always leaves front ends out', () => {
  assert.equal(decide(always, FORUM), 'yes');
  assert.equal(decide(always, FRONT_END), 'ask-here');
  assert.equal(decide(always, { ...FRONT_END, asksGoogle: true }), 'yes');
});

test('never is heard everywhere but on YouTube, which asks itself', () => {
  assert.equal(decide(never, FORUM), 'no');
  assert.equal(decide(never, { ...FORUM, asksGoogle: true }), 'no');
  assert.equal(decide(never, { ...FORUM, isYouTube: true }), 'yes');
});

test('the answer for a site goes before that for all', () => {
  assert.equal(decide({ ...never, linkedSites: ['forum.example'] }, FORUM), 'yes');
  assert.equal(decide({ ...always, unlinkedSites: ['forum.example'] }, { ...FORUM, asksGoogle: true }), 'no');
  assert.equal(decide({ ...always, linkedSites: ['forum.example'] }, FRONT_END), 'ask-here');
});

test('what an answer changes', () => {
  assert.deepEqual(settingsFor('always', 'a.example', DEFAULT_SETTINGS), { linkedVideos: 'always' });
  assert.deepEqual(settingsFor('never', 'a.example', DEFAULT_SETTINGS), { linkedVideos: 'never' });
  const asked = { ...DEFAULT_SETTINGS, linkedSites: ['a.example', 'b.example'] };
  assert.deepEqual(settingsFor('not-here', 'a.example', asked), { linkedSites: ['b.example'], unlinkedSites: ['a.example'] });
  assert.deepEqual(settingsFor('here', 'c.example:8080', asked), {
    linkedSites: ['a.example', 'b.example', 'c.example:8080'],
    unlinkedSites: [],
  });
});

test('Google in every country, and nobody who is called so', () => {
  for (const host of ['google.com', 'www.google.com', 'www.google.co.uk', 'google.com.br', 'images.google.de', 'www.google.cat', 'about.google']) {
    assert.ok(isGoogle(host), host);
  }
  for (const host of ['google.evil.example', 'www.google.com.evil.example', 'notgoogle.com', 'google.example', 'google.co', 'google.xyz', 'google', 'co.uk']) {
    assert.ok(!isGoogle(host), host);
  }
});

test('YouTube’s hosts', () => {
  for (const host of ['i.ytimg.com', 'www.youtube.com', 'www.youtube-nocookie.com', 'youtu.be', 'rr3---sn-x.googlevideo.com']) {
    assert.ok(isYouTubeHost(host), host);
  }
  for (const host of ['ytimg.com.example', 'notyoutube.com', 'fonts.googleapis.com', 'lh3.googleusercontent.com']) {
    assert.ok(!isYouTubeHost(host), host);
  }
});

const SILENT = { names: [], links: [] };

test('front ends by their hosts', () => {
  for (const host of ['yewtu.be', 'inv.nadeko.net', 'invidious.example', 'yt.invidious.example', 'piped.video', 'cf.piped.video', 'poketube.fun']) {
    assert.equal(frontEndOf(host, SILENT), 'videos', host);
  }
  for (const host of ['duckduckgo.com', 'html.duckduckgo.com', 'www.startpage.com', 'search.brave.com', 'www.qwant.com', 'kagi.com', 'www.mojeek.com', 'metager.org', 'swisscows.com', 'searx.be', 'redlib.example', 'nitter.net', 'abc.onion', 'abc.i2p', 'abc.onion:8080']) {
    assert.equal(frontEndOf(host, SILENT), 'other', host);
  }
  for (const host of ['forum.example', 'brave.com', 'onion.example', 'invest.example', 'piper.example', 'www.google.com']) {
    assert.equal(frontEndOf(host, SILENT), null, host);
  }
});

test('front ends by what they say', () => {
  for (const name of ['Popular - Invidious', 'Invidious', 'cats - Piped', 'ViewTube', 'Trending · LibreTube']) {
    assert.equal(frontEndOf('a.example', { names: [name], links: [] }), 'videos', name);
  }
  for (const name of ['searxng/2026.3.1', 'SearXNG', 'Whoogle Search', 'cats - Brave Search', 'r/videos - Redlib', 'somebody | nitter']) {
    assert.equal(frontEndOf('a.example', { names: [name], links: [] }), 'other', name);
  }
  for (const name of ['How water is piped', 'My invidious position', 'Nitternacht', 'Why I left Google for a search engine of my own']) {
    assert.equal(frontEndOf('a.example', { names: [name], links: [] }), null, name);
  }
  assert.equal(frontEndOf('a.example', { names: [], links: ['/about', 'https://github.com/iv-org/invidious'] }), 'videos');
  assert.equal(frontEndOf('a.example', { names: [], links: ['https://github.com/searxng/searxng'] }), 'other');
  assert.equal(frontEndOf('a.example', { names: [], links: ['https://github.com/owner/project'] }), null);
});
