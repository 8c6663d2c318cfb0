/** Channels learnt in the browser: number for number what Python says, by one fixture. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { chancesOf, ChannelFit, type LearntClass } from '../../../extension/src/model/channel-fit.ts';
import { likeClasses } from '../../../extension/src/model/likeness.ts';
import type { PriorLayout } from '../../../extension/src/model/prior-layout.ts';
import { numbersOf, type Place, placeOf, readStylePrior } from '../../../extension/src/model/style-prior.ts';

interface Described {
  readonly places: number[][];
  readonly added: number;
  readonly total: number[] | null;
  readonly like: number[];
}

interface Case {
  readonly channels: Described[];
  readonly negatives: Described[];
  readonly like: number[][];
  readonly asked: number[][];
  readonly chances: number[][];
  readonly base: number[];
  readonly left_out: number[][];
  readonly threshold: number;
  readonly lookalike_threshold: number;
  readonly curve: { threshold: number; known_recall: number; false_known: number }[];
}

interface Fixture {
  readonly layout: PriorLayout;
  readonly prior: string;
  readonly features: number[][];
  readonly places: number[][];
  readonly cases: Record<string, Case>;
}

const TOLERANCE = 1e-9;
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/channel_fit.json', import.meta.url), 'utf8')) as Fixture;
const bytes = new Uint8Array(Buffer.from(fixture.prior, 'base64')).buffer;
const prior = readStylePrior(fixture.layout, bytes);

function learnt({ places, added, total, like }: Described): LearntClass {
  const sum = total === null ? null : { count: added, total: Float64Array.from(total) };
  return { places: places.map(placeFrom), added: sum, like };
}

function placeFrom(levels: readonly number[]): Place {
  return Int8Array.from(levels);
}

function assertClose(actual: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const apart = actual.map((value, i) => Math.abs(value - expected[i]!));
  assert.ok(apart.every((difference) => difference <= TOLERANCE), `${what}: ${Math.max(...apart)}`); // also for NaN
}

test('a thumbnail has its place', () => {
  assert.deepEqual(fixture.features.map((features) => Array.from(placeOf(prior, features))), fixture.places);
});

test('a file that is not as described is refused', () => {
  assert.throws(() => readStylePrior({ ...fixture.layout, held: fixture.layout.held + 1 }, bytes), /prior\.bin has \d+ bytes/);
});

for (const [name, expected] of Object.entries(fixture.cases)) {
  describe(name, () => {
    const channels = expected.channels.map(learnt);
    const fit = new ChannelFit(prior, channels, expected.negatives.map(learnt));
    const asked = expected.asked.map((levels) => chancesOf(fit.head, numbersOf(prior, placeFrom(levels))));

    test('says how probable each channel is', () => {
      asked.forEach((chances, i) => {
        assertClose([...chances.probabilities, chances.unknown], expected.chances[i]!, `place ${i}`);
      });
      assertClose(asked.map(({ base }) => base), expected.base, 'without the negatives');
    });

    test('says what it would say of each example without it', () => {
      const all = fit.leaveOneOut(
        channels.flatMap(({ places }, channel) => (places.length > 1 ? places.map((_, example) => ({ channel, example })) : [])),
      );
      all.forEach((chances, i) => assertClose([...chances.probabilities, chances.unknown], expected.left_out[i]!, `example ${i}`));
      assert.equal(all.length, expected.left_out.length);
    });

    test('draws the same lines', () => {
      const { threshold, lookalikeThreshold, curve } = fit.head.unknown;
      assertClose([threshold, lookalikeThreshold ?? NaN], [expected.threshold, expected.lookalike_threshold], 'thresholds');
      assertClose(
        curve.flatMap((point) => [point.threshold, point.knownRecall, point.falseKnown]),
        expected.curve.flatMap((point) => [point.threshold, point.known_recall, point.false_known]),
        'curve',
      );
    });

    test('knows its own channels among those of the prior', () => {
      assert.deepEqual(channels.map(({ places }) => likeClasses(prior, places)), expected.like);
    });
  });
}
