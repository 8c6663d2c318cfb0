/**
 * A converted model as an ONNX file, so that onnxruntime runs the very network that the extension runs.
 *
 * TensorFlow.js keeps pictures as (N, H, W, C), ONNX as (N, C, H, W). Values are turned only where they have to be: the
 * convolutions, and what lies between them, stay in ONNX's order from the first to the last.
 */
import type { ModelFiles } from '../../extension/src/model/model-files.ts';
import { readConstants, sizeOf, transpose, type Constant } from './constants.ts';
import { attributesOf, cutsOf, readGraph, type GraphNode } from './graph.ts';
import { OnnxFile, type TensorInfo } from './onnx-file.ts';

/** A node's value in the ONNX graph; `turned`: in ONNX's order (N, C, H, W). */
interface Value {
  name: string;
  turned: boolean;
  /** Where it is known. */
  rank: number | null;
}

const TO_ONNX = [0, 3, 1, 2];
const FROM_ONNX = [0, 2, 3, 1];
const AXIS_IN_ONNX = [0, 2, 3, 1]; // of N, H, W, C

/** One to one in ONNX, with the same operands. */
const SAME: Readonly<Record<string, string>> = {
  Mul: 'Mul',
  AddV2: 'Add',
  Add: 'Add',
  BiasAdd: 'Add',
  Sub: 'Sub',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Sqrt: 'Sqrt',
  Abs: 'Abs',
  Relu: 'Relu',
  Identity: 'Identity',
};

/** The bytes of the ONNX file; its outputs have the names of `metadata.outputs`. */
export function toOnnx(files: ModelFiles): Buffer {
  return new Translation(files).encode();
}

class Translation {
  readonly #file = new OnnxFile();
  readonly #files: ModelFiles;
  readonly #nodes: ReadonlyMap<string, GraphNode>;
  readonly #constants: ReadonlyMap<string, Constant>;
  readonly #values = new Map<string, Value>();

  constructor(files: ModelFiles) {
    this.#files = files;
    this.#nodes = readGraph(files.artifacts);
    this.#constants = readConstants(files.artifacts);
  }

  encode(): Buffer {
    const { metadata, pixels, probabilities, unknown } = this.#files;
    const { input, outputs, channels } = metadata;
    this.#values.set(nodeName(pixels.name), { name: 'pixels', turned: false, rank: 4 });
    const named: TensorInfo[] = [];
    if (outputs.probabilities !== null && probabilities !== null) {
      named.push(this.#output(outputs.probabilities, probabilities.name, channels.length));
    }
    if (outputs.unknown !== null && unknown !== null) named.push(this.#output(outputs.unknown, unknown.name, 1));
    return this.#file.encode({ name: 'pixels', shape: [1, input.height, input.width, 3] }, named);
  }

  #output(name: string, tensor: string, size: number): TensorInfo {
    this.#file.node('Identity', [this.#plain(this.#value(nodeName(tensor)))], {}, name);
    return { name, shape: [1, size] };
  }

  #value(name: string): Value {
    const known = this.#values.get(name);
    if (known) return known;
    const constant = this.#constants.get(name);
    const value = constant ? this.#constant(constant) : this.#translate(this.#node(name));
    this.#values.set(name, value);
    return value;
  }

  #node(name: string): GraphNode {
    const node = this.#nodes.get(name);
    if (!node) throw new Error(`the graph has no node ${name}`);
    return node;
  }

  #constant({ values, shape }: Constant): Value {
    return { name: this.#file.floats(Float32Array.from(values as Float32Array), shape), turned: false, rank: shape.length };
  }

  #translate(node: GraphNode): Value {
    const same = SAME[node.op];
    if (same !== undefined) return this.#elementwise(same, node.inputs);
    switch (node.op) {
      case '_FusedConv2D':
      case 'Conv2D':
      case 'FusedDepthwiseConv2dNative':
      case 'DepthwiseConv2dNative':
        return this.#convolution(node);
      case '_FusedMatMul':
      case 'MatMul':
      case 'BatchMatMulV2':
        return this.#product(node);
      case 'AvgPool':
        return this.#averagePool(node);
      case 'Mean':
      case 'Sum':
        return this.#reduction(node);
      case 'ConcatV2':
        return this.#concatenation(node.inputs.slice(0, -1), this.#numbers(node.inputs.at(-1))[0]!);
      case 'Reshape':
        return this.#reshape(node.inputs[0]!, this.#numbers(node.inputs[1]));
      case 'Squeeze':
        return this.#squeeze(node);
      case 'StridedSlice':
        return this.#slice(node);
      case 'Softmax':
        return this.#plainNode('Softmax', node.inputs, { axis: -1 });
      case 'SquaredDifference':
        return this.#squared(this.#elementwise('Sub', node.inputs));
      case 'Square':
        return this.#squared(this.#value(node.inputs[0]!));
      case 'Relu6':
        return this.#clipped(this.#value(node.inputs[0]!));
      default:
        throw new Error(`${node.name}: ${node.op} has no translation to ONNX yet; add one to bench/browser/onnx.ts`);
    }
  }

  // Layouts

  #plain(value: Value): string {
    return value.turned ? this.#file.node('Transpose', [value.name], { perm: FROM_ONNX }) : value.name;
  }

  /** A value in ONNX's order; of a graph's node only once, however many convolutions read it. */
  #turned(name: string): Value {
    const value = this.#value(name);
    if (value.turned) return value;
    const turned = { name: this.#file.node('Transpose', [value.name], { perm: TO_ONNX }), turned: true, rank: 4 };
    this.#values.set(name, turned);
    return turned;
  }

  #plainNode(type: string, inputs: readonly string[], attributes = {}): Value {
    const operands = inputs.map((input) => this.#value(input));
    const name = this.#file.node(type, operands.map((operand) => this.#plain(operand)), attributes);
    return { name, turned: false, rank: highest(operands) };
  }

  /** In ONNX's order where every operand is, or is a single number. */
  #elementwise(type: string, inputs: readonly string[]): Value {
    const isNumber = (input: string): boolean => sizeOf(this.#constants.get(input)) === 1;
    const operands = inputs.filter((input) => !isNumber(input)).map((input) => this.#value(input));
    const turned = operands.length > 0 && operands.every((operand) => operand.turned);
    if (!turned) return this.#plainNode(type, inputs);
    return { name: this.#file.node(type, inputs.map((input) => this.#value(input).name)), turned, rank: 4 };
  }

  #squared(value: Value): Value {
    return { ...value, name: this.#file.node('Mul', [value.name, value.name]) };
  }

  #clipped(value: Value): Value {
    const bounds = [0, 6].map((bound) => this.#file.floats(Float32Array.of(bound), []));
    return { ...value, name: this.#file.node('Clip', [value.name, ...bounds]) };
  }

  // Layers

  #convolution(node: GraphNode): Value {
    const { strides, padding, dilations } = attributesOf(node);
    const { values, shape } = this.#known(node.inputs[1]);
    const depthwise = node.op.includes('Depthwise');
    if (depthwise && shape[3] !== 1) throw new Error(`${node.name}: a depth multiplier of ${shape[3]}`);
    // (kh, kw, in, out) to (out, in / groups, kh, kw); a depthwise one has (kh, kw, channels, 1).
    const kernel = depthwise ? transpose(values, shape, [2, 3, 0, 1]) : transpose(values, shape, [3, 2, 0, 1]);
    const bias = fusedOps(node).includes('BiasAdd') ? [this.#known(node.inputs[2])] : [];
    const inputs = [
      this.#turned(node.inputs[0]!).name,
      this.#file.floats(kernel.values, kernel.shape),
      ...bias.map((one) => this.#file.floats(Float32Array.from(one.values as Float32Array), one.shape)),
    ];
    const name = this.#file.node('Conv', inputs, {
      strides: strides.slice(1, 3),
      dilations: dilations.length === 4 ? dilations.slice(1, 3) : [1, 1],
      auto_pad: padding === 'SAME' ? 'SAME_UPPER' : 'VALID',
      group: depthwise ? shape[2]! : 1,
    });
    return this.#activated({ name, turned: true, rank: 4 }, node);
  }

  #product(node: GraphNode): Value {
    const { transposes } = attributesOf(node);
    const operands = node.inputs.slice(0, 2).map((input, index) => {
      const value = this.#value(input);
      return transposes[index] ? this.#lastTwoSwapped(value, node) : this.#plain(value);
    });
    const rank = highest(node.inputs.slice(0, 2).map((input) => this.#value(input)));
    const product: Value = { name: this.#file.node('MatMul', operands), turned: false, rank };
    if (!fusedOps(node).includes('BiasAdd')) return this.#activated(product, node);
    const biased = this.#file.node('Add', [product.name, this.#value(node.inputs[2]!).name]);
    return this.#activated({ ...product, name: biased }, node);
  }

  #lastTwoSwapped(value: Value, { name }: GraphNode): string {
    if (value.rank === null) throw new Error(`${name}: the rank of an operand is not known`);
    const order = [...Array(value.rank).keys()];
    const perm = [...order.slice(0, -2), value.rank - 1, value.rank - 2];
    return this.#file.node('Transpose', [this.#plain(value)], { perm });
  }

  #activated(value: Value, node: GraphNode): Value {
    const activation = fusedOps(node).find((op) => op !== 'BiasAdd');
    if (activation === undefined) return value;
    if (activation === 'Relu6') return this.#clipped(value);
    if (activation !== 'Relu') throw new Error(`${node.name}: ${activation} has no translation to ONNX yet`);
    return { ...value, name: this.#file.node('Relu', [value.name]) };
  }

  #averagePool(node: GraphNode): Value {
    const { strides, padding, ksize } = attributesOf(node);
    const name = this.#file.node('AveragePool', [this.#turned(node.inputs[0]!).name], {
      kernel_shape: ksize.slice(1, 3),
      strides: strides.slice(1, 3),
      auto_pad: padding === 'SAME' ? 'SAME_UPPER' : 'VALID',
    });
    return { name, turned: true, rank: 4 };
  }

  // Shapes

  #reduction(node: GraphNode): Value {
    const [input, axes] = [this.#value(node.inputs[0]!), this.#numbers(node.inputs[1])];
    const { keepDims } = attributesOf(node);
    const inPlace = input.turned && (keepDims || isSpatial(axes));
    const mapped = inPlace ? axes.map(inOnnx) : axes;
    const operand = inPlace ? input.name : this.#plain(input);
    const keepdims = keepDims ? 1 : 0;
    const name =
      node.op === 'Mean' // its axes became an input only after this opset
        ? this.#file.node('ReduceMean', [operand], { axes: mapped, keepdims })
        : this.#file.node('ReduceSum', [operand, this.#file.integers(mapped)], { keepdims });
    return { name, turned: inPlace && keepDims, rank: keepDims ? input.rank : less(input.rank, axes.length) };
  }

  #concatenation(inputs: readonly string[], axis: number): Value {
    const operands = inputs.map((input) => this.#value(input));
    if (!operands.every((operand) => operand.turned)) return this.#plainNode('Concat', inputs, { axis });
    const name = this.#file.node('Concat', operands.map((operand) => operand.name), { axis: inOnnx(axis) });
    return { name, turned: true, rank: 4 };
  }

  #reshape(input: string, shape: readonly number[]): Value {
    const name = this.#file.node('Reshape', [this.#plain(this.#value(input)), this.#file.integers(shape)]);
    return { name, turned: false, rank: shape.length };
  }

  #squeeze(node: GraphNode): Value {
    const input = this.#value(node.inputs[0]!);
    const axes = attributesOf(node).squeezeDims;
    const inPlace = input.turned && isSpatial(axes);
    const operands = [inPlace ? input.name : this.#plain(input), this.#file.integers(inPlace ? axes.map(inOnnx) : axes)];
    return { name: this.#file.node('Squeeze', operands), turned: false, rank: less(input.rank, axes.length) };
  }

  /** Cuts, then takes away the axes of which one place was asked for, then adds the new ones. */
  #slice(node: GraphNode): Value {
    const [begin, end, steps] = node.inputs.slice(1).map((input) => this.#numbers(input));
    const { cuts, shrunk, added } = cutsOf(node, begin!, end!, steps!);
    const input = this.#value(node.inputs[0]!);
    const column = (pick: (cut: (typeof cuts)[number]) => number): string => this.#file.integers(cuts.map(pick));
    const operands = [column((cut) => cut.start), column((cut) => cut.end), column((cut) => cut.axis), column((cut) => cut.step)];
    let name = this.#file.node('Slice', [this.#plain(input), ...operands]);
    if (shrunk.length > 0) name = this.#file.node('Squeeze', [name, this.#file.integers(shrunk)]);
    if (added.length > 0) name = this.#file.node('Unsqueeze', [name, this.#file.integers(added)]);
    return { name, turned: false, rank: less(input.rank, shrunk.length - added.length) };
  }

  // Constants

  #known(name: string | undefined): Constant {
    const constant = this.#constants.get(name ?? '');
    if (!constant) throw new Error(`${name ?? ''} is no constant`);
    return constant;
  }

  #numbers(name: string | undefined): number[] {
    return Array.from(this.#known(name).values as Int32Array);
  }
}

function nodeName(tensor: string): string {
  return tensor.split(':')[0]!;
}

function fusedOps(node: GraphNode): string[] {
  return attributesOf(node).fusedOps;
}

function inOnnx(axis: number): number {
  return AXIS_IN_ONNX[(axis + 4) % 4]!;
}

/** Whether height and width, and nothing else, go: what is left is (N, C) in either order. */
function isSpatial(axes: readonly number[]): boolean {
  return axes.length === 2 && axes.includes(1) && axes.includes(2);
}

function highest(values: readonly Value[]): number | null {
  return values.reduce<number | null>((rank, value) => (rank === null || value.rank === null ? null : Math.max(rank, value.rank)), 0);
}

function less(rank: number | null, by: number): number | null {
  return rank === null ? null : rank - by;
}
