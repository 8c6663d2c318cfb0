/**
 * The kernels of a network in the order in which they run, written down once and then run with nothing between them.
 *
 * A graph model of TensorFlow.js reads the attributes of every node again each time, and wraps, counts and checks every
 * tensor: of a network as small as ours, that is a sixth of the time. All shapes are fixed, so that what the first run
 * calls is what every other one would.
 */

import {
  type DataId,
  type DataType,
  dispose,
  engine,
  getKernel,
  keep,
  type KernelBackend,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';

/** By name, or by number where a kernel takes a list; a kernel may leave some out. */
type Inputs<T> = Record<string, T | undefined>;

/** What the engine was asked to run, and what came of it. */
interface Call {
  readonly name: string;
  readonly inputs: Inputs<Tensor>;
  readonly attributes: NamedAttrMap;
  readonly outputs: readonly Tensor[];
}

interface Value extends TensorInfo {
  dataId: DataId;
}

/** The number of a value that is another in every run. */
type Place = number;

const INPUT: Place = 0;

interface Step {
  readonly kernel: KernelFunc;
  readonly attributes: NamedAttrMap;
  readonly inputs: Inputs<Value>;
  /** Those of the inputs that are to be filled in. */
  readonly moving: readonly (readonly [Value, Place])[];
  readonly outputs: readonly Place[];
  /** What no step after this one reads. */
  done: readonly Place[];
}

export class Plan {
  readonly #backend: KernelBackend;
  readonly #shape: number[];
  readonly #dtype: DataType;
  readonly #steps: readonly Step[];
  readonly #outputs: readonly Place[];
  /** What the network made out of nothing, such as a number that it adds. */
  readonly #constants: readonly Tensor[];

  /**
   * Writes down what `network` runs of `input`. What it returns is what every run answers; the caller disposes of it.
   *
   * The network's weights, which are older than the input, must stay as long as the plan is used.
   */
  constructor(input: Tensor, network: (input: Tensor) => readonly Tensor[]) {
    const { outputs, calls, constants } = overhear(input, network);
    const writer = new Writer(input);
    calls.forEach((call) => writer.add(call));
    this.#backend = engine().backend;
    this.#constants = constants;
    this.#shape = input.shape;
    this.#dtype = input.dtype;
    this.#outputs = outputs.map((output) => writer.placeOf(output));
    this.#steps = writer.finish(this.#outputs);
  }

  /** Runs all kernels on other values of the input: the values of every output. */
  run(values: TypedArray): TypedArray[] {
    const backend = this.#backend;
    const data: DataId[] = [backend.write(values, this.#shape, this.#dtype)];
    for (const step of this.#steps) {
      for (const [value, place] of step.moving) {
        value.dataId = data[place]!;
      }
      const made = step.kernel({ inputs: step.inputs, attrs: step.attributes, backend });
      [made].flat().forEach(({ dataId }, number) => (data[step.outputs[number]!] = dataId));
      step.done.forEach((place) => backend.disposeData(data[place]!));
    }
    const read = this.#outputs.map((place) => backend.readSync(data[place]!) as TypedArray);
    this.#outputs.forEach((place) => backend.disposeData(data[place]!));
    return read;
  }

  /** Gives back what the plan keeps; it runs no more. */
  dispose(): void {
    dispose([...this.#constants]);
  }
}

interface Overheard {
  readonly outputs: readonly Tensor[];
  readonly calls: readonly Call[];
  readonly constants: readonly Tensor[];
}

/** Runs a network, and writes down which kernels it had run; constants of its own outlive it. */
function overhear(input: Tensor, network: (input: Tensor) => readonly Tensor[]): Overheard {
  const listened = engine();
  const calls: Call[] = [];
  const constants = new Map<number, Tensor>();
  const made = new Set<number>();
  const isConstant = (tensor: Tensor): boolean => tensor.id > input.id && !made.has(tensor.id);
  const runKernel = listened.runKernel.bind(listened);
  const overheard = (name: string, inputs: NamedTensorMap, attributes: NamedAttrMap = {}): Tensor | Tensor[] => {
    given(inputs).filter(([, tensor]) => isConstant(tensor)).forEach(([, tensor]) => constants.set(tensor.id, keep(tensor)));
    const found = runKernel<Tensor | Tensor[]>(name, inputs, attributes);
    const outputs = [found].flat();
    outputs.forEach(({ id }) => made.add(id));
    calls.push({ name, inputs, attributes, outputs });
    return found;
  };
  listened.runKernel = overheard as typeof runKernel;
  try {
    return { outputs: network(input), calls, constants: [...constants.values()] };
  } catch (error) {
    dispose([...constants.values()]);
    throw error;
  } finally {
    Reflect.deleteProperty(listened, 'runKernel'); // the engine's own shows again
  }
}

/** The inputs that there are: a kernel may leave out, as null or undefined, what it can do without. */
function given(inputs: object): [string, Tensor][] {
  return (Object.entries(inputs) as [string, Tensor | null | undefined][]).flatMap(([key, tensor]) =>
    tensor ? [[key, tensor]] : [],
  );
}

/** Turns calls into steps; knows tensors by their number, which no other has. */
class Writer {
  readonly #steps: Step[] = [];
  readonly #places = new Map<number, Place>();
  /** Weights in another shape. */
  readonly #constants = new Map<number, Value>();
  #next: Place = INPUT;

  constructor(input: Tensor) {
    this.#places.set(input.id, this.#next++);
  }

  placeOf(tensor: Tensor): Place {
    const place = this.#places.get(tensor.id);
    if (place === undefined) {
      throw new Error(`an output of shape [${tensor.shape.join(', ')}] does not depend on the input`);
    }
    return place;
  }

  add({ name, inputs, attributes, outputs }: Call): void {
    const { x } = inputs;
    const [same] = outputs;
    if (x !== undefined && same !== undefined && isAnotherName(name, x, same)) {
      this.#rename(x, same);
      return;
    }
    const moving: [Value, Place][] = [];
    const values: Inputs<Value> = Array.isArray(inputs) ? ([] as unknown as Inputs<Value>) : {};
    for (const [key, tensor] of given(inputs)) {
      const value = (values[key] = this.#valueOf(tensor));
      const place = this.#places.get(tensor.id);
      if (place !== undefined) {
        moving.push([value, place]);
      }
    }
    outputs.forEach(({ id }) => this.#places.set(id, this.#next++));
    const { kernelFunc } = getKernel(name, engine().backendName);
    const made = outputs.map((output) => this.placeOf(output));
    this.#steps.push({ kernel: kernelFunc, attributes, inputs: values, moving, outputs: made, done: [] });
  }

  #valueOf({ id, dataId, shape, dtype }: Tensor): Value {
    return this.#constants.get(id) ?? { dataId, shape, dtype };
  }

  #rename(from: Tensor, to: Tensor): void {
    const place = this.#places.get(from.id);
    if (place === undefined) {
      this.#constants.set(to.id, { dataId: this.#valueOf(from).dataId, shape: to.shape, dtype: to.dtype });
    } else {
      this.#places.set(to.id, place);
    }
  }

  /** The steps, each with what is disposed of after it. */
  finish(kept: readonly Place[]): readonly Step[] {
    const last = new Map<Place, Step>();
    for (const step of this.#steps) {
      [...step.outputs, ...step.moving.map(([, place]) => place)].forEach((place) => last.set(place, step));
    }
    kept.forEach((place) => last.delete(place));
    for (const step of this.#steps) {
      step.done = [...last].filter(([, end]) => end === step).map(([place]) => place);
    }
    return this.#steps;
  }
}

/** Whether a kernel only calls the same numbers otherwise. */
function isAnotherName(name: string, from: Tensor, to: Tensor): boolean {
  return name === 'Identity' || name === 'Reshape' || (name === 'Cast' && from.dtype === to.dtype);
}
