/** Serves the pages that are built like YouTube's: every layout in one document, as templates for its script. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import type { Thumbnail } from '../fixtures.ts';
import { LAYOUTS, layoutBody, type Layout } from './layouts.ts';
import { LAYOUT_STYLE } from './style.ts';
import { posterOf, videosOf, type Poster, type Video } from './videos.ts';

const ORIGIN = 'https://www.youtube.com';

/** What is served under a path of YouTube's host, or null for another path. */
export interface Served {
  type: string;
  body: string;
}

/** The address of a layout; a channel's page is that of the channel `owner`. */
export function layoutUrl(layout: Layout, owner: Poster): string {
  const paths = { home: '/feed/recommended', search: '/results?search_query=anything', watch: '/watch?v=_playing_-0' };
  return `${ORIGIN}${layout === 'channel' ? `/${owner.handle}/videos` : paths[layout]}`;
}

/** Whose page the channel's page is: that of the first known picture. */
export function ownerOf(thumbnails: readonly Thumbnail[]): Poster {
  const known = thumbnails.find((thumbnail) => thumbnail.known);
  return known ? posterOf(known) : { name: 'Nobody', handle: '@nobody' };
}

export function layoutFile(path: string, nonce: string, thumbnails: readonly Thumbnail[]): Served | null {
  if (path === '/layouts.css') return { type: 'text/css', body: LAYOUT_STYLE };
  if (path === '/app.js') return { type: 'text/javascript', body: script() };
  if (!isLayoutPath(path)) return null;
  return { type: 'text/html; charset=utf-8', body: html(nonce, videosOf(thumbnails), ownerOf(thumbnails)) };
}

/** Whether a path is that of a layout or of its files. */
export function isLayoutPath(path: string): boolean {
  return ['/feed/recommended', '/results', '/watch'].includes(path) || path.startsWith('/@');
}

/** Without the types, and with its names to itself. */
function script(): string {
  const source = readFileSync(join(import.meta.dirname, 'app.ts'), 'utf8');
  return transformSync(source, { loader: 'ts', format: 'iife', target: 'es2022' }).code;
}

function html(nonce: string, videos: readonly Video[], owner: Poster): string {
  const templates = LAYOUTS.map((name) => `<template id="layout-${name}">${layoutBody(name, videos, owner)}</template>`);
  const addresses = Object.fromEntries(videos.map(({ id, thumbnail }) => [id, `https://i.ytimg.com${thumbnail.path}`]));
  const links = LAYOUTS.map((name) => `<a id="to-${name}" href="${layoutUrl(name, owner).slice(ORIGIN.length)}">${name}</a>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>YouTube</title>
    <link rel="icon" href="https://i.ytimg.com/favicon.jpg"><link rel="stylesheet" href="/layouts.css"></head>
    <body><ytd-app><ytd-masthead>${links.join('')}</ytd-masthead><ytd-page-manager></ytd-page-manager>
    <ytd-video-preview><div id="video-preview-container"><video class="html5-main-video" muted></video></div>
    <a id="media-container-link" href="/watch"></a></ytd-video-preview></ytd-app>${templates.join('')}
    <script nonce="${nonce}" type="application/json" id="initial-data">${JSON.stringify(addresses)}</script>
    <script nonce="${nonce}">window.violations = []; document.addEventListener('securitypolicyviolation', (event) => {
      window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample); }, true);</script>
    <script nonce="${nonce}" src="/app.js"></script></body></html>`;
}
