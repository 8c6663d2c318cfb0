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
type Slot = number;

const INPUT: Slot = 0;

interface Step {
  readonly kernel: KernelFunc;
  readonly attributes: NamedAttrMap;
  readonly inputs: Inputs<Value>;
  /** Those of the inputs that are to be filled in. */
  readonly variable: readonly (readonly [Value, Slot])[];
  readonly outputs: readonly Slot[];
  /** What no step after this one reads. */
  done: readonly Slot[];
}

export class Plan {
  readonly #backend: KernelBackend;
  readonly #shape: number[];
  readonly #dtype: DataType;
  readonly #steps: readonly Step[];
  readonly #outputs: readonly Slot[];
  /** What the network made out of nothing, such as a number that it adds. */
  readonly #constants: readonly Tensor[];

  /**
   * Writes down what `network` runs of `input`. What it returns is what every run answers; the caller disposes of it.
   *
   * The network's weights, which are older than the input, must stay as long as the plan is used.
   */
  constructor(input: Tensor, network: (input: Tensor) => readonly Tensor[]) {
    const { outputs, calls, constants } = record(input, network);
    const builder = new PlanBuilder(input);
    calls.forEach((call) => builder.add(call));
    this.#backend = engine().backend;
    this.#constants = constants;
    this.#shape = input.shape;
    this.#dtype = input.dtype;
    this.#outputs = outputs.map((output) => builder.slotOf(output));
    this.#steps = builder.finish(this.#outputs);
  }

  /** Runs all kernels on other values of the input: the values of every output. */
  run(values: TypedArray): TypedArray[] {
    const backend = this.#backend;
    const data: DataId[] = [backend.write(values, this.#shape, this.#dtype)];
    for (const step of this.#steps) {
      for (const [value, slot] of step.variable) {
        value.dataId = data[slot]!;
      }
      const made = step.kernel({ inputs: step.inputs, attrs: step.attributes, backend });
      [made].flat().forEach(({ dataId }, number) => (data[step.outputs[number]!] = dataId));
      step.done.forEach((slot) => backend.disposeData(data[slot]!));
    }
    const read = this.#outputs.map((slot) => backend.readSync(data[slot]!) as TypedArray);
    this.#outputs.forEach((slot) => backend.disposeData(data[slot]!));
    return read;
  }

  /** Gives back what the plan keeps; it runs no more. */
  dispose(): void {
    dispose([...this.#constants]);
  }
}

interface Recording {
  readonly outputs: readonly Tensor[];
  readonly calls: readonly Call[];
  readonly constants: readonly Tensor[];
}

/** Runs a network, and writes down which kernels it had run; constants of its own outlive it. */
function record(input: Tensor, network: (input: Tensor) => readonly Tensor[]): Recording {
  const recordedEngine = engine();
  const calls: Call[] = [];
  const constants = new Map<number, Tensor>();
  const made = new Set<number>();
  const isConstant = (tensor: Tensor): boolean => tensor.id > input.id && !made.has(tensor.id);
  const runKernel = recordedEngine.runKernel.bind(recordedEngine);
  const recorded = (name: string, inputs: NamedTensorMap, attributes: NamedAttrMap = {}): Tensor | Tensor[] => {
    given(inputs).filter(([, tensor]) => isConstant(tensor)).forEach(([, tensor]) => constants.set(tensor.id, keep(tensor)));
    const result = runKernel<Tensor | Tensor[]>(name, inputs, attributes);
    const outputs = [result].flat();
    outputs.forEach(({ id }) => made.add(id));
    calls.push({ name, inputs, attributes, outputs });
    return result;
  };
  recordedEngine.runKernel = recorded as typeof runKernel;
  try {
    return { outputs: network(input), calls, constants: [...constants.values()] };
  } catch (error) {
    dispose([...constants.values()]);
    throw error;
  } finally {
    Reflect.deleteProperty(recordedEngine, 'runKernel'); // the engine's own shows again
  }
}

/** The inputs that there are: a kernel may leave out, as null or undefined, what it can do without. */
function given(inputs: object): [string, Tensor][] {
  return (Object.entries(inputs) as [string, Tensor | null | undefined][]).flatMap(([key, tensor]) =>
    tensor ? [[key, tensor]] : [],
  );
}

/** Turns calls into steps; knows tensors by their number, which no other has. */
class PlanBuilder {
  readonly #steps: Step[] = [];
  readonly #slots = new Map<number, Slot>();
  /** Weights in another shape. */
  readonly #constants = new Map<number, Value>();
  #next: Slot = INPUT;

  constructor(input: Tensor) {
    this.#slots.set(input.id, this.#next++);
  }

  slotOf(tensor: Tensor): Slot {
    const slot = this.#slots.get(tensor.id);
    if (slot === undefined) {
      throw new Error(`an output of shape [${tensor.shape.join(', ')}] does not depend on the input`);
    }
    return slot;
  }

  add({ name, inputs, attributes, outputs }: Call): void {
    const { x } = inputs;
    const [same] = outputs;
    if (x !== undefined && same !== undefined && isAnotherName(name, x, same)) {
      this.#rename(x, same);
      return;
    }
    const variable: [Value, Slot][] = [];
    const values: Inputs<Value> = Array.isArray(inputs) ? ([] as unknown as Inputs<Value>) : {};
    for (const [key, tensor] of given(inputs)) {
      const value = (values[key] = this.#valueOf(tensor));
      const slot = this.#slots.get(tensor.id);
      if (slot !== undefined) {
        variable.push([value, slot]);
      }
    }
    outputs.forEach(({ id }) => this.#slots.set(id, this.#next++));
    const { kernelFunc } = getKernel(name, engine().backendName);
    const made = outputs.map((output) => this.slotOf(output));
    this.#steps.push({ kernel: kernelFunc, attributes, inputs: values, variable, outputs: made, done: [] });
  }

  #valueOf({ id, dataId, shape, dtype }: Tensor): Value {
    return this.#constants.get(id) ?? { dataId, shape, dtype };
  }

  #rename(from: Tensor, to: Tensor): void {
    const slot = this.#slots.get(from.id);
    if (slot === undefined) {
      this.#constants.set(to.id, { dataId: this.#valueOf(from).dataId, shape: to.shape, dtype: to.dtype });
    } else {
      this.#slots.set(to.id, slot);
    }
  }

  /** The steps, each with what is disposed of after it. */
  finish(kept: readonly Slot[]): readonly Step[] {
    const last = new Map<Slot, Step>();
    for (const step of this.#steps) {
      [...step.outputs, ...step.variable.map(([, slot]) => slot)].forEach((slot) => last.set(slot, step));
    }
    kept.forEach((slot) => last.delete(slot));
    for (const step of this.#steps) {
      step.done = [...last].filter(([, end]) => end === step).map(([slot]) => slot);
    }
    return this.#steps;
  }
}

/** Whether a kernel only calls the same numbers otherwise. */
function isAnotherName(name: string, from: Tensor, to: Tensor): boolean {
  return name === 'Identity' || name === 'Reshape' || (name === 'Cast' && from.dtype === to.dtype);
}
