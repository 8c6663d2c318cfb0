/** What channels are learnt with, in a small space: the prior of the fixture, and pictures drawn around a few styles. */

import { readFileSync } from 'node:fs';

import type { Space } from '../../../extension/src/background/learning/learnt-fit.ts';
import type { ChannelRecord, LearntExample } from '../../../extension/src/background/learning/learnt-state.ts';
import { parseMetadata } from '../../../extension/src/model/metadata.ts';
import type { PriorLayout } from '../../../extension/src/model/prior-layout.ts';
import { type Place, readStylePrior } from '../../../extension/src/model/style-prior.ts';
import { metadataJson } from './tiny-model.ts';

const FIXTURE = JSON.parse(readFileSync(new URL('../../fixtures/channel_fit.json', import.meta.url), 'utf8')) as {
  layout: PriorLayout;
  prior: string;
};

const PRIOR = readStylePrior(FIXTURE.layout, new Uint8Array(Buffer.from(FIXTURE.prior, 'base64')).buffer);

/** A model with features; with `trained`, it knows red and green as well. */
export function spaceOf({ fingerprint = 'f1', version = 'v1', trained = false } = {}): Space {
  const { file } = FIXTURE.layout;
  const base = metadataJson(true);
  const metadata = parseMetadata({
    ...base,
    version,
    channels: trained ? base['channels'] : [],
    outputs: trained ? base['outputs'] : { probabilities: null, unknown: null },
    unknown: trained ? base['unknown'] : null,
    features: { output: 'features', fingerprint, prior: FIXTURE.layout },
    files: { 'model.json': '0'.repeat(64), [file]: '1'.repeat(64) },
  });
  return { prior: PRIOR, metadata };
}

export const COMPONENTS = FIXTURE.layout.components;

/** A picture of a style, far from the others: each has a component of its own. */
export function placeOf(style: number, picture: number): Place {
  return Int8Array.from({ length: COMPONENTS }, (_, i) => (i === style ? 110 : 0) + 2 * (((picture * 7 + i * 5 + style * 3) % 13) - 6));
}

export function videoOf(style: number, picture: number): string {
  return `video${style}-${String(picture).padStart(4, '0')}`;
}

export function examplesOf(style: number, count: number): LearntExample[] {
  return Array.from({ length: count }, (_, picture) => ({ example: videoOf(style, picture), place: placeOf(style, picture) }));
}

/** The id of YouTube of a style's channel. */
export function idOf(style: number): string {
  return `UC${String(style).padStart(22, '0')}`;
}

export function recordOf(style: number, changes: Partial<ChannelRecord> = {}): ChannelRecord {
  return {
    key: idOf(style),
    id: idOf(style),
    handle: `handle${style}`,
    name: `Channel ${style}`,
    fingerprint: 'f1',
    examples: examplesOf(style, 8),
    like: { prior: '', classes: [] },
    browsed: null,
    time: 1000,
    ...changes,
  };
}
