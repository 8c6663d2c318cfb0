/** Which video an address leads to, and which one a picture is of by its address. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { picturedVideoId } from '../../../extension/src/content/detect/picture-address.ts';
import { linkedVideoId } from '../../../extension/src/content/detect/video-address.ts';

const ID = 'dQw4w9WgXcQ';
const PICTURE = `https://i.ytimg.com/vi/${ID}/hqdefault.jpg`;
const VIDEO = `https://www.youtube.com/watch?v=${ID}`;
const BASE = 'https://search.example/results';

const encoded = encodeURIComponent;
const base64 = (text: string): string => Buffer.from(text).toString('base64url');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const parts = (text: string, size: number): string => (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join('/');

function pictures(of: string | null, addresses: Record<string, string>): void {
  for (const [what, address] of Object.entries(addresses)) {
    test(`a picture: ${what}`, () => assert.equal(picturedVideoId(address), of, address));
  }
}

pictures(ID, {
  'as it is': PICTURE,
  'an animated preview': `https://i.ytimg.com/an_webp/${ID}/mqdefault_6s.webp?du=3000&sqp=x`,
  'a format that nobody else reads': `https://i.ytimg.com/vi/${ID}/hq720.avif`,
  'encoded': `https://p.example/iu/?u=${encoded(PICTURE)}&f=1`,
  'encoded twice': `https://p.example/?url=${encoded(encoded(PICTURE))}`,
  'encoded, with a broken escape before it': `https://p.example/?x=%E0%A4%A&url=${encoded(PICTURE)}`,
  'with a parameter of any name': `https://slack-imgs.com/?c=1&o1=ro&o1..url=${encoded(PICTURE)}`,
  'in the path': `https://web.archive.org/web/2020im_/${PICTURE}`,
  'in the path, with one slash': `https://archive.example/web/2020im_/https:/i.ytimg.com/vi/${ID}/0.jpg`,
  'in the path, the scheme apart': `https://images-ext-1.discordapp.net/external/S-_1/https/i.ytimg.com/vi/${ID}/sddefault.jpg`,
  'in the path, without a scheme': `https://i0.wp.com/i.ytimg.com/vi/${ID}/hqdefault.jpg?resize=650,400`,
  'a parameter without a scheme': `https://wsrv.nl/?url=i.ytimg.com/vi/${ID}/hqdefault.jpg`,
  'in base64': `https://img.example/insecure/${base64(PICTURE)}.jpg`,
  'in base64 with slashes': `https://imgs.search.brave.com/sig/rs:fit:500:0:1:0/g:ce/${parts(base64(PICTURE), 16)}`,
  'in base64 with other slashes': `https://img.example/x/${parts(base64(PICTURE), 7)}`,
  'in standard base64': `https://img.example/x/${encoded(Buffer.from(`${PICTURE}?a=>>>???`).toString('base64'))}`,
  'in an object in base64': `https://x.cloudfront.example/${base64(JSON.stringify({ key: PICTURE, edits: {} }))}`,
  'in hexadecimal digits': `https://camo.githubusercontent.com/0a1b2c3d/${hex(PICTURE)}`,
  'of a front end': `/vi/${ID}/mqdefault.jpg`,
  'of a front end, the host in a parameter': `https://proxy.example/vi_webp/${ID}/maxresdefault.webp?host=i.ytimg.com`,
  'of DeArrow': `https://dearrow-thumb.ajay.app/api/v1/getThumbnail?time=3&videoID=${ID}`,
  'an alias in a proxy': `https://i0.wp.com/ytimg.googleusercontent.com/vi/${ID}/hqdefault.jpg`,
});

pictures(null, {
  'a folder called vi': 'https://cdn.example/vi/logo/banner.jpg',
  'a folder called vi with as long a name': 'https://cdn.example/vi/tin-tuc-247/banner.jpg',
  'a longer host': `https://i.ytimg.com.example/vi/${ID}/0.jpg`,
  'a host with a prefix': `https://xi.ytimg.com/vi/${ID}/0.jpg`,
  'another host with a hyphen': `https://not-i.ytimg.com/vi/${ID}/0.jpg`,
  'a longer id': `https://i.ytimg.com/vi/${ID}Q/hqdefault.jpg`,
  'Vimeo’s': 'https://i.vimeocdn.com/video/abcdefghijk_640.jpg',
  'Dailymotion’s': 'https://s2.dmcdn.net/v/abcdefghijk/x240',
  'a storyboard': `https://i.ytimg.com/sb/${ID}/storyboard3_L2/M0.jpg`,
  'a playlist’s': 'https://i.ytimg.com/pl_c/PLabcdefghijk/studio_square_thumbnail.jpg',
  'bytes': `data:image/jpeg;base64,${Buffer.from(PICTURE).toString('base64')}`,
  'base64 of something else': `https://img.example/${base64('https://photos.example/vi/logo/1.jpg')}`,
});

function links(of: string | null, addresses: Record<string, string>): void {
  for (const [what, address] of Object.entries(addresses)) {
    test(`a link: ${what}`, () => assert.equal(linkedVideoId(address, BASE), of, address));
  }
}

links(ID, {
  'a video': VIDEO,
  'a video in a list': `https://www.youtube.com/watch?list=PL1&index=2&v=${ID}`,
  'on a phone': `https://m.youtube.com/watch?v=${ID}`,
  'a song': `https://music.youtube.com/watch?v=${ID}&si=x`,
  'short': `https://youtu.be/${ID}?t=3`,
  'a player': `https://www.youtube.com/embed/${ID}?autoplay=1`,
  'a player without cookies': `https://www.youtube-nocookie.com/embed/${ID}`,
  'a Short': `https://youtube.com/shorts/${ID}`,
  'a stream': `https://www.youtube.com/live/${ID}?feature=share`,
  'an old player': `http://www.youtube.com/v/${ID}&hl=en`,
  'an older player': `http://www.youtube.com/e/${ID}`,
  'attributed': `https://www.youtube.com/attribution_link?a=x&u=${encoded(`/watch?v=${ID}&feature=share`)}`,
  'through YouTube': `https://www.youtube.com/redirect?event=x&q=${encoded(VIDEO)}`,
  'an app': `vnd.youtube:${ID}`,
  'an app on Apple’s phones': `youtube://${ID}`,
  'an app with a page': `youtube://www.youtube.com/watch?v=${ID}`,
  'an intent': `intent://www.youtube.com/watch?v=${ID}#Intent;package=com.google.android.youtube;end`,
  'Google': `https://www.google.com/url?sa=t&url=${encoded(VIDEO)}&usg=x`,
  'Google without scripts': `/url?q=${encoded(VIDEO)}&sa=U`,
  'Facebook': `https://l.facebook.com/l.php?u=${encoded(VIDEO)}&h=AT`,
  'DuckDuckGo': `//duckduckgo.com/l/?uddg=${encoded(VIDEO)}&rut=x`,
  'Yahoo': `https://r.search.yahoo.com/_ylt=A;_ylu=Y/RV=2/RE=1/RO=10/RU=${encoded(VIDEO)}/RK=2/RS=x`,
  'Steam': `https://steamcommunity.com/linkfilter/?u=${encoded(VIDEO)}`,
  'VK': `https://vk.com/away.php?to=${encoded(VIDEO)}`,
  'LinkedIn': `https://www.linkedin.com/safety/go?url=${encoded(VIDEO)}&trk=x`,
  'Bing': `https://www.bing.com/ck/a?!&&p=0a1b&u=a1${base64(VIDEO)}&ntb=1`,
  'Slack': `https://slack-redir.net/link?url=${encoded(VIDEO)}`,
  'Reddit': `https://out.reddit.com/t3_x?url=${encoded(VIDEO)}&token=A`,
  'Tumblr': `https://t.umblr.com/redirect?z=${encoded(VIDEO)}&t=x`,
  'the Wayback Machine': `https://web.archive.org/web/20200101000000/${VIDEO}`,
  'the whole query': `https://href.li/?${VIDEO}`,
  'a translation': `https://www-youtube-com.translate.goog/watch?v=${ID}&_x_tr_sl=en`,
  'a link to a link': `https://l.facebook.com/l.php?u=${encoded(`https://www.google.com/url?q=${encoded(VIDEO)}`)}`,
});

links(null, {
  'another site’s video': 'https://othersite.example/watch?v=abcdefghijk',
  'a host that ends like YouTube’s': `https://notyoutube.com/watch?v=${ID}`,
  'a longer host': `https://www.youtube.com.evil.example/watch?v=${ID}`,
  'a path like YouTube’s': `https://evil.example/youtube.com/watch?v=${ID}`,
  'a page’s own video': `/watch?v=${ID}`,
  'a playlist': 'https://www.youtube.com/playlist?list=PL0123456789',
  'a player of a playlist': 'https://www.youtube.com/embed/videoseries?list=PL0123456789',
  'a channel': 'https://www.youtube.com/channel/UCuAXFkgsw1L7xaCfnd5JJOw',
  'a handle of eleven letters': 'https://www.youtube.com/@abcdefghijk',
  'a search': 'https://www.youtube.com/results?search_query=abcdefghijk',
  'a short id': 'https://youtu.be/dQw4w9WgXc',
  'where one comes from': `https://shop.example/?ref=${encoded(VIDEO)}`,
  'a place on the page': '#abcdefghijk',
  'a script': `javascript:open('${VIDEO}')`,
  'too many links to links': Array.from({ length: 6 }).reduce<string>((to) => `https://a.example/?u=${encoded(to)}`, VIDEO),
});

test('a front end’s own links are as YouTube’s, on its own host alone', () => {
  assert.equal(linkedVideoId(`/watch?v=${ID}`, 'https://inv.example/feed', true), ID);
  assert.equal(linkedVideoId(`https://other.example/watch?v=${ID}`, 'https://inv.example/feed', true), null);
});

test('addresses made to take long are read within bounds', () => {
  for (const address of [
    `https://a.example/?u=${'%25'.repeat(100_000)}`,
    `https://a.example/${'aHR0cHM6Ly'.repeat(100_000)}`,
    `https://a.example/${hex('https://').repeat(100_000)}`,
    `https://a.example/getThumbnail?${'&videoID='.repeat(100_000)}`,
    `https://a.example/?${'u=http%3A%2F%2Fa%3Fu%3Dhttp%253A%252F%252Fa&'.repeat(100_000)}`,
    `https://i.ytimg.com/vi/${'-'.repeat(1_000_000)}`,
  ]) {
    assert.equal(picturedVideoId(address), null);
    assert.equal(linkedVideoId(address, BASE), null);
  }
});
