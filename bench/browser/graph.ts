/** The nodes of a TensorFlow.js graph model and their attributes, as JSON keeps them. */
import type { io } from '@tensorflow/tfjs-core';

export interface GraphNode {
  name: string;
  op: string;
  inputs: string[];
  attributes: Readonly<Record<string, Attribute | undefined>>;
}

interface Attribute {
  s?: string;
  i?: string | number;
  b?: boolean;
  list?: { s?: string[]; i?: (string | number)[] };
}

export function readGraph({ modelTopology }: io.ModelArtifacts): Map<string, GraphNode> {
  const { node } = modelTopology as { node: { name: string; op: string; input?: string[]; attr?: GraphNode['attributes'] }[] };
  return new Map(
    node.map(({ name, op, input = [], attr = {} }) => {
      const inputs = input.filter((one) => !one.startsWith('^')).map((one) => one.split(':')[0]!);
      return [name, { name, op, inputs, attributes: attr }];
    }),
  );
}

/** The attributes that the nodes of such a network have; lists are empty where a node has none of that name. */
export function attributesOf({ attributes }: GraphNode) {
  const number = (name: string): number => Number(attributes[name]?.i ?? 0);
  const flag = (name: string): boolean => attributes[name]?.b === true;
  const numbers = (name: string): number[] => (attributes[name]?.list?.i ?? []).map(Number);
  return {
    strides: numbers('strides'),
    dilations: numbers('dilations'),
    ksize: numbers('ksize'),
    squeezeDims: numbers('squeeze_dims'),
    padding: text(attributes['padding']?.s),
    fusedOps: (attributes['fused_ops']?.list?.s ?? []).map(text),
    keepDims: flag('keep_dims'),
    transposes: [flag('transpose_a') || flag('adj_x'), flag('transpose_b') || flag('adj_y')],
    slice: {
      beginMask: number('begin_mask'),
      endMask: number('end_mask'),
      shrinkAxisMask: number('shrink_axis_mask'),
      newAxisMask: number('new_axis_mask'),
      ellipsisMask: number('ellipsis_mask'),
    },
  };
}

/** What a StridedSlice takes of its input. */
export interface Cuts {
  /** Of every axis that is named, from `start` up to `end`. */
  cuts: { axis: number; start: number; end: number; step: number }[];
  /** Axes of the input of which only one place is taken, and which go. */
  shrunk: number[];
  /** Axes of the result that are new, of length 1. */
  added: number[];
}

const TO_THE_END = 2 ** 31 - 1;

/** Reads the bit masks of a StridedSlice; throws where it has an ellipsis. */
export function cutsOf(node: GraphNode, begin: number[], end: number[], steps: number[]): Cuts {
  const { beginMask, endMask, shrinkAxisMask, newAxisMask, ellipsisMask } = attributesOf(node).slice;
  if (ellipsisMask !== 0) throw new Error(`${node.name}: an ellipsis has no translation to ONNX yet`);
  const has = (mask: number, place: number): boolean => (mask & (1 << place)) !== 0;
  const { cuts, shrunk, added }: Cuts = { cuts: [], shrunk: [], added: [] };
  for (const [place, first] of begin.entries()) {
    const axis = cuts.length;
    if (has(newAxisMask, place)) {
      added.push(axis - shrunk.length + added.length);
      continue;
    }
    const one = has(shrinkAxisMask, place);
    const last = one ? (first === -1 ? TO_THE_END : first + 1) : end[place]!;
    cuts.push({
      axis,
      start: has(beginMask, place) && !one ? 0 : first,
      end: has(endMask, place) && !one ? TO_THE_END : last,
      step: one ? 1 : steps[place]!,
    });
    if (one) shrunk.push(axis);
  }
  return { cuts, shrunk, added };
}

function text(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
