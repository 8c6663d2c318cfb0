/**
 * The description of a model, `model/metadata.json`: written once by the converter, read by everything in the browser.
 *
 * A server may send any other, so everything in it has a bound: nothing is kept or allocated that could hurt later.
 */

import { Fields, MAX, MetadataError, shown } from './fields.ts';
import type { PriorLayout } from './prior-layout.ts';

export const SCHEMA = 3;

export const MAX_COMPONENTS = MAX.side; // of a prior

/** What a model wants to be fed: size in pixels, and whether a picture is stretched to it or padded with black. */
export interface InputSpec {
  readonly height: number;
  readonly width: number;
  readonly fit: 'stretch' | 'pad';
}

interface Channel {
  readonly name: string;
  readonly displayName: string;
  readonly handle: string;
  readonly url: string;
}

export interface Metadata {
  readonly version: string;
  readonly created: string;
  readonly recipe: string;
  readonly demo: boolean;
  readonly dtype: string;
  /** In the order of the probabilities. */
  readonly channels: readonly Channel[];
  readonly input: InputSpec;
  /**
   * Names in the signature of the graph: `probabilities` is null for a model without channels, to which some are learnt,
   * and `unknown` for a model that knows only its channels.
   */
  readonly outputs: { readonly probabilities: string | null; readonly unknown: string | null };
  /** What channels are learnt with in the browser; null for a model that has no such thing. */
  readonly features: Features | null;
  /** What *Why?* is computed with here; null for a model that cannot, of which the local server is asked. */
  readonly heat: HeatLayout | null;
  readonly unknown: Unknown | null;
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of every file of the model, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** `output`: the name of the features in the graph; `fingerprint`: of all that decides their values. */
export interface Features {
  readonly output: string;
  readonly fingerprint: string;
  readonly prior: PriorLayout;
}

/** A layer of the network whose activations are pooled to features: a mean and a standard deviation of each channel. */
export interface TapLayout {
  /** Its name in the signature of the graph. */
  readonly output: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** What the tap adds to the logit of each channel of the model, the mean of a training's pictures. */
  readonly typical: readonly number[];
}

/** Names of the head's arrays among the weights; with a gate between two heads, those of the second and the gate too. */
export interface HeadLayout {
  readonly kernel: string;
  readonly bias: string;
  readonly gate: Readonly<Record<'kernel' | 'bias' | 'photoKernel' | 'photoBias', string>> | null;
}

/** `output`: the name of the features in the graph, those of the taps first; `head` is null for a model without channels. */
export interface HeatLayout {
  readonly output: string;
  readonly taps: readonly TapLayout[];
  readonly head: HeadLayout | null;
}

/**
 * When a model says 'none of these'. `knownRecall` and `falseKnown` are the shares of thumbnails that pass for known at
 * `threshold`: of the channels, and of others; null where there was nothing to measure them on, which leaves `curve`
 * empty. `drawn`: they were measured on drawn pictures, which flatters them. `lookalikeThreshold`: up to where a
 * thumbnail that another channel posted may be called a look-alike; null where nobody knows, as in older models.
 */
export interface Unknown {
  readonly threshold: number;
  readonly lookalikeThreshold: number | null;
  readonly auroc: number | null;
  readonly knownRecall: number | null;
  readonly falseKnown: number | null;
  readonly drawn: boolean;
  /** What other thresholds would bring, the strictest first. */
  readonly curve: readonly OperatingPoint[];
}

export interface OperatingPoint {
  readonly threshold: number;
  readonly knownRecall: number;
  readonly falseKnown: number;
}

/** Reads a parsed `metadata.json`. Throws a MetadataError that names the field. */
export function parseMetadata(value: unknown): Metadata {
  return readMetadata(value).metadata;
}

/** Reads it, and gives beside it what was read in the form that it had: no key that nobody knows is kept. */
export function readMetadata(value: unknown): { metadata: Metadata; description: unknown } {
  const root = new Fields(value, 'metadata.json');
  const schema = root.raw('schema');
  if (schema !== SCHEMA) {
    throw new MetadataError(`metadata.json: schema ${shown(schema)} is not ${SCHEMA}`);
  }
  const metadata = {
    version: root.text('version'),
    created: root.text('created'),
    recipe: root.text('recipe'),
    demo: root.flag('demo'),
    dtype: root.text('dtype'),
    channels: root.list('channels', MAX.channels).map(parseChannel),
    input: parseInput(root.fields('input')),
    outputs: parseOutputs(root.fields('outputs')),
    // Models of an earlier Thumbprint have none.
    features: !root.has('features') ? null : parseFeatures(root.fields('features')),
    heat: !root.has('heat') ? null : parseHeat(root.fields('heat')),
    unknown: root.raw('unknown') === null ? null : parseUnknown(root.fields('unknown')),
    metrics: parseMetrics(root.fields('metrics')),
    files: parseFiles(root.fields('files')),
  };
  root.fields('normalisation').only('applied_in', 'graph');
  checkTogether(metadata);
  return { metadata, description: root.description() };
}

function parseChannel(fields: Fields): Channel {
  return {
    name: fields.name('name'),
    displayName: fields.name('display_name'),
    handle: fields.name('handle', true),
    url: fields.url('url'),
  };
}

function parseInput(fields: Fields): InputSpec {
  fields.only('crop', 'baked-bars');
  fields.only('filter', 'triangle');
  return {
    height: fields.size('height'),
    width: fields.size('width'),
    fit: fields.raw('fit') === 'pad' ? 'pad' : fields.only('fit', 'stretch'),
  };
}

function parseOutputs(fields: Fields): Metadata['outputs'] {
  return {
    probabilities: fields.raw('probabilities') === null ? null : fields.text('probabilities', MAX.output),
    unknown: fields.raw('unknown') === null ? null : fields.text('unknown', MAX.output),
  };
}

function parseFeatures(fields: Fields): Features {
  const prior = fields.fields('prior');
  return {
    output: fields.text('output', MAX.output),
    fingerprint: fields.text('fingerprint'),
    prior: {
      file: prior.text('file', MAX.name),
      features: prior.count('features', MAX.features),
      components: prior.count('components', MAX_COMPONENTS),
      near: prior.counts('near', MAX.classes, MAX.strangers),
      drawn: prior.count('drawn', MAX.classes),
      held: prior.count('held', MAX.strangers),
      rows: prior.count('rows', MAX.rows),
    },
  };
}

function parseHeat(fields: Fields): HeatLayout {
  return {
    output: fields.text('output', MAX.output),
    taps: fields.list('taps', MAX.taps).map((tap) => ({
      output: tap.text('output', MAX.output),
      height: tap.size('height'),
      width: tap.size('width'),
      channels: tap.count('channels', MAX.features),
      typical: tap.numbers('typical', MAX.channels),
    })),
    head: !fields.has('head') ? null : parseHead(fields.fields('head')),
  };
}

function parseHead(fields: Fields): HeadLayout {
  const name = (key: string): string => fields.text(key, MAX.output);
  const gate = (): HeadLayout['gate'] => ({
    kernel: name('gate_kernel'),
    bias: name('gate_bias'),
    photoKernel: name('photo_kernel'),
    photoBias: name('photo_bias'),
  });
  return { kernel: name('kernel'), bias: name('bias'), gate: fields.has('gate_kernel') ? gate() : null };
}

function parseUnknown(fields: Fields): Unknown {
  const optional = (key: string): number | null => (fields.raw(key) === null ? null : fields.number(key));
  return {
    threshold: fields.number('threshold'),
    // Models of an earlier Thumbprint have none.
    lookalikeThreshold: fields.raw('lookalike_threshold') === undefined ? null : optional('lookalike_threshold'),
    auroc: optional('auroc'),
    knownRecall: optional('known_recall'),
    falseKnown: optional('false_known'),
    drawn: fields.flag('drawn'),
    curve: fields.list('curve', MAX.curve).map((point) => ({
      threshold: point.number('threshold'),
      knownRecall: point.number('known_recall'),
      falseKnown: point.number('false_known'),
    })),
  };
}

function parseMetrics(fields: Fields): Metadata['metrics'] {
  return Object.fromEntries(fields.keys(MAX.metrics, 'metrics').map((key) => [key, fields.number(key)]));
}

function parseFiles(fields: Fields): Metadata['files'] {
  return new Map(
    fields.keys(MAX.files, 'files').map((name) => {
      // A name with a slash could leave the folder of the model.
      if (!/^[\w.-]{1,100}$/.test(name) || !/^[0-9a-f]{64}$/.test(fields.text(name))) {
        fields.fail(name, 'a file name with its SHA-256');
      }
      return [name, fields.text(name)];
    }),
  );
}

function checkTogether(metadata: Metadata): void {
  const { channels, outputs, features, unknown, files } = metadata;
  if ((channels.length === 0) !== (outputs.probabilities === null)) {
    throw new MetadataError('metadata.json: channels is empty, or outputs.probabilities is null, and not both');
  }
  if (channels.length === 0 && features === null) {
    throw new MetadataError('metadata.json: channels is empty, and no features say how some are learnt');
  }
  if (features !== null && !files.has(features.prior.file)) {
    throw new MetadataError('metadata.json: files does not list the prior');
  }
  if (new Set(channels.map((channel) => channel.name)).size !== channels.length) {
    throw new MetadataError('metadata.json: channels names a channel twice');
  }
  if ((outputs.unknown === null) !== (unknown === null)) {
    throw new MetadataError('metadata.json: outputs.unknown and unknown must both be null or both be set');
  }
  if (!files.has('model.json')) {
    throw new MetadataError('metadata.json: files does not list model.json');
  }
  checkHeat(metadata);
}

/** Maps are scaled up to the input, and every channel that the model knows can be asked about. */
function checkHeat({ heat, channels, input }: Metadata): void {
  const fits = (tap: TapLayout): boolean =>
    tap.height <= input.height && tap.width <= input.width && tap.typical.length === channels.length;
  if (heat !== null && (!heat.taps.every(fits) || input.fit !== 'stretch')) {
    throw new MetadataError('metadata.json: heat does not go with input and channels');
  }
  if (heat !== null && (heat.head === null) !== (channels.length === 0)) {
    throw new MetadataError('metadata.json: heat has a head, or there are channels, and not both');
  }
}
