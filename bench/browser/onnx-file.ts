/** Writes an ONNX file: nodes, constants and the whole, field by field as onnx.proto has them. */
import { bytes, float, integer, message } from './protobuf.ts';

const IR_VERSION = 8;
const OPSET = 13;
const FLOAT = 1; // TensorProto.DataType
const INT64 = 7;

export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export interface TensorInfo {
  name: string;
  shape: readonly number[];
}

/** Nodes and constants in the order in which they were added; ONNX wants every node after those it reads. */
export class OnnxFile {
  readonly #nodes: Buffer[] = [];
  readonly #constants: Buffer[] = [];
  #names = 0;

  /** Add a node with one output; returns the output's name. Whole numbers become integers, other ones floats. */
  node(type: string, inputs: readonly string[], attributes: Attributes = {}, output = this.#name(type)): string {
    const fields = [
      ...inputs.map((input) => bytes(1, input)),
      bytes(2, output),
      bytes(4, type),
      ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
    ];
    this.#nodes.push(message(1, fields));
    return output;
  }

  floats(values: Float32Array, shape: readonly number[]): string {
    return this.#constant(FLOAT, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), shape);
  }

  /** A list of integers, as axes and shapes are given. */
  integers(values: readonly number[]): string {
    return this.#constant(INT64, new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer), [values.length]);
  }

  /** The bytes of a model of floats; its outputs are named by nodes. */
  encode(input: TensorInfo, outputs: readonly TensorInfo[]): Buffer {
    const graph = [
      ...this.#nodes,
      bytes(2, 'thumbprint'),
      ...this.#constants,
      message(11, valueInfo(input)),
      ...outputs.map((output) => message(12, valueInfo(output))),
    ];
    return Buffer.concat([integer(1, IR_VERSION), message(7, graph), message(8, [integer(2, OPSET)])]);
  }

  #constant(type: number, raw: Uint8Array, shape: readonly number[]): string {
    const name = this.#name('constant');
    const dims = shape.map((size) => integer(1, size));
    this.#constants.push(message(5, [...dims, integer(2, type), bytes(8, name), bytes(9, raw)]));
    return name;
  }

  #name(kind: string): string {
    return `${kind}_${this.#names++}`;
  }
}

function attribute(name: string, value: number | string | readonly number[]): Buffer[] {
  if (typeof value === 'string') return [bytes(1, name), bytes(4, value), integer(20, 3)];
  if (typeof value !== 'number') return [bytes(1, name), ...value.map((one) => integer(8, one)), integer(20, 7)];
  return Number.isInteger(value)
    ? [bytes(1, name), integer(3, value), integer(20, 2)]
    : [bytes(1, name), float(2, value), integer(20, 1)];
}

function valueInfo({ name, shape }: TensorInfo): Buffer[] {
  const dims = shape.map((size) => message(1, [integer(1, size)]));
  return [bytes(1, name), message(2, [message(1, [integer(1, FLOAT), message(2, dims)])])];
}
