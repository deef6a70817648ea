/** The force of all biases of a simulation: variables are evaluated once, biases act on their values, forces follow by the chain rule. */
import type { CustomForceKind, ForceCalls, ForceKernel, ForceMemory, KernelContext } from '../forces/terms.ts';
import type { Dimension } from '../scenario/schema.ts';
import type { Box } from '../system/box.ts';
import type { Bias } from './bias.ts';
import { placeBiases } from './bias-calls.ts';
import { joinStates, splitStates } from './bias-states.ts';
import { strainsOf } from './strain.ts';
import { type Displacement, hasPullBack, type PullBackVariable, type Variable } from './variable.ts';

/** A component of a variable: the place of that in `BiasData.variables`, and its own in the variable. */
export interface ComponentPlace {
  readonly variable: number;
  readonly component: number;
}

/** A bias and the components that it acts on, each once. */
export interface PlacedBias {
  readonly name: string;
  readonly bias: Bias;
  readonly components: readonly ComponentPlace[];
  /** Where the system's forces along its components are wanted. */
  readonly along: Float64Array | null;
}

/** What a BiasForce is made of. */
export interface BiasData {
  readonly variables: readonly Variable[];
  readonly biases: readonly PlacedBias[];
  /** Steps before production, in which nothing is updated. */
  readonly equilibration: number;
  /** kT of the heat bath; 0 without one. */
  readonly kT: number;
}

export const biasForce: CustomForceKind = {
  name: 'bias',
  summary: 'The biases of a simulation (`biases`), as one force.',
  status: 'validated',
  schema: {},
  compile(description, context) {
    const force = description.data as BiasForce;
    force.place(context);
    return force;
  },
};

/** A variable with room for its values and gradients, and with what it takes to find the force along it. */
interface Evaluated {
  readonly variable: Variable;
  /** The same where it knows the derivative of a combination. */
  readonly whole: PullBackVariable | null;
  /** Where the coordinates of its particles begin. */
  readonly starts: Int32Array;
  readonly values: Float64Array;
  /** Of all components; where `whole` is there, of their combination by `slopes`, which belongs to the variable. */
  gradients: Float64Array;
  /** Derivative of the bias energy by each component. */
  readonly slopes: Float64Array;
  /** How each of `gradients` changes with a strain, 9 numbers. */
  readonly strains: Float64Array;
  readonly displacement: Displacement | null;
  readonly field: Float64Array;
  along: number;
}

interface Acting {
  readonly name: string;
  readonly bias: Bias;
  /** The variable of each component. */
  readonly parts: readonly Evaluated[];
  /** Where in their variables values and slopes are gathered from; null for a bias of one whole variable, whose they are then. */
  readonly gathered: Int32Array | null;
  readonly along: Float64Array | null;
  readonly values: Float64Array;
  readonly slopes: Float64Array;
  energy: number;
}

export class BiasForce implements ForceKernel, ForceMemory {
  readonly label = 'bias';
  readonly memory: ForceMemory = this;
  private readonly evaluated: readonly Evaluated[];
  private readonly acting: readonly Acting[];
  private readonly data: BiasData;
  private placed: ForceCalls | null = null;

  constructor(data: BiasData) {
    this.data = data;
    const wanted = new Set(data.biases.flatMap(({ along, components }) => (along ? components.map((c) => c.variable) : [])));
    const used = data.variables.map((variable, k): Evaluated => {
      const count = variable.components.length;
      const displacement = wanted.has(k) ? (variable.displacement ?? null) : null;
      const whole = hasPullBack(variable) ? variable : null;
      return {
        variable,
        whole,
        starts: variable.atoms.map((i) => 3 * i),
        values: new Float64Array(count),
        gradients: new Float64Array(whole ? 0 : 3 * count * variable.atoms.length),
        slopes: new Float64Array(count),
        strains: new Float64Array(9 * (whole ? 1 : count)),
        displacement,
        field: new Float64Array(3 * (displacement?.atoms.length ?? 0)),
        along: 0,
      };
    });
    this.acting = data.biases.map(({ name, bias, components, along }): Acting => {
      const parts = components.map(({ variable }) => used[variable]);
      const count = parts.length;
      const whole =
        parts[0].values.length === count && components.every(({ component }, k) => component === k && parts[k] === parts[0]);
      const gathered = whole ? null : Int32Array.from(components, ({ component }) => component);
      const { values, slopes } = whole ? parts[0] : { values: new Float64Array(count), slopes: new Float64Array(count) };
      return { name, bias, parts, gathered, along, values, slopes, energy: 0 };
    });
    this.evaluated = used.filter((each) => this.acting.some(({ parts }) => parts.includes(each)));
  }

  /** Hands variables and biases with kernels of their own to the platform, where all have some. With a box they would owe it a virial. */
  place({ memory, system }: KernelContext): void {
    const calls = memory && system.box.vectors === null ? placeBiases(this.data, memory) : null;
    this.placed = calls && { calls: calls.calls, energy: () => this.takeEnergies(calls.energies()) };
  }

  private takeEnergies(energies: readonly number[]): number {
    let sum = 0;
    energies.forEach((energy, b) => {
      this.acting[b].energy = energy;
      sum += energy;
    });
    return sum;
  }

  get calls(): ForceCalls | null {
    return this.placed;
  }

  get wasm(): boolean {
    return this.placed !== null;
  }

  compute(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number {
    const { evaluated, acting } = this;
    for (let v = 0; v < evaluated.length; v++) {
      const each = evaluated[v];
      if (each.whole !== null) each.whole.valuesAt(positions, box, each.values);
      else each.variable.evaluate(positions, box, each.values, each.gradients);
      clear(each.slopes);
      if (each.displacement !== null) each.along = this.forceAlong(each, each.displacement, positions, box, forces);
    }
    let energy = 0;
    for (let b = 0; b < acting.length; b++) {
      const each = acting[b];
      const { gathered, along, values, slopes } = each;
      if (along !== null) gatherForces(each.parts, along);
      if (gathered !== null) gather(each.parts, gathered, values, slopes);
      const own = each.bias.evaluate(values, slopes);
      each.energy = own;
      energy += own;
      if (gathered !== null) scatter(each.parts, gathered, slopes);
    }
    for (let v = 0; v < evaluated.length; v++) {
      const each = evaluated[v];
      if (each.whole !== null) {
        each.gradients = each.whole.pullBack(each.slopes);
        addForce(each.gradients, each.starts, forces);
      } else addForces(each, forces);
      if (box.vectors !== null) addVirial(each, positions, box, virial);
    }
    return energy;
  }

  /** Of what has been computed before this force: the system's own. */
  private forceAlong(
    { field }: Evaluated,
    displacement: Displacement,
    positions: Float64Array,
    box: Box,
    forces: Float64Array,
  ): number {
    let force = this.data.kT * displacement.evaluate(positions, box, field);
    const { atoms } = displacement;
    for (let a = 0; a < atoms.length; a++) {
      const i = 3 * atoms[a];
      force += field[3 * a] * forces[i] + field[3 * a + 1] * forces[i + 1] + field[3 * a + 2] * forces[i + 2];
    }
    return force;
  }

  update(step: number): void {
    const production = step - this.data.equilibration;
    if (production < 0) return;
    const { acting } = this;
    for (let b = 0; b < acting.length; b++) acting[b].bias.update?.(production, acting[b].values);
  }

  reservoirEnergy(): number {
    return this.acting.reduce((sum, { bias }) => sum + (bias.reservoirEnergy?.() ?? 0), 0);
  }

  /** Columns of the log: each bias' energy, and what it reports besides. */
  get columns(): { readonly name: string; readonly dimension: Dimension }[] {
    return this.acting.flatMap(({ name, bias }) => [
      { name: `${name}.bias`, dimension: 'energy' as const },
      ...(bias.columns ?? []).map((column) => ({ ...column, name: `${name}.${column.name}` })),
    ]);
  }

  /** The values of those columns at the last `compute`. */
  report(): number[] {
    return this.acting.flatMap(({ bias, energy }) => [energy, ...(bias.report?.() ?? [])]);
  }

  results(): Record<string, string> {
    return Object.assign({}, ...this.acting.map(({ bias }) => bias.results?.() ?? {})) as Record<string, string>;
  }

  /** What biases have to say on how they worked. */
  remarks(): string[] {
    return this.acting.flatMap(({ name, bias }) => (bias.remarks?.() ?? []).map((line) => `${name}: ${line}`));
  }

  save(): Float64Array {
    return joinStates(this.acting);
  }

  /** @throws InputError for what another version of the program saved, or other biases */
  load(state: Float64Array): void {
    const states = splitStates(state, this.acting);
    this.acting.forEach(({ bias }, b) => void bias.load?.(states[b]));
  }
}

/** For a few numbers faster than `fill`. */
function clear(numbers: Float64Array): void {
  for (let k = 0; k < numbers.length; k++) numbers[k] = 0;
}

function gatherForces(parts: readonly Evaluated[], along: Float64Array): void {
  for (let c = 0; c < parts.length; c++) along[c] = parts[c].along;
}

function gather(parts: readonly Evaluated[], places: Int32Array, values: Float64Array, slopes: Float64Array): void {
  for (let c = 0; c < parts.length; c++) values[c] = parts[c].values[places[c]];
  clear(slopes);
}

function scatter(parts: readonly Evaluated[], places: Int32Array, slopes: Float64Array): void {
  for (let c = 0; c < parts.length; c++) parts[c].slopes[places[c]] += slopes[c];
}

function addForce(gradient: Float64Array, starts: Int32Array, forces: Float64Array): void {
  for (let a = 0, g = 0; a < starts.length; a++, g += 3) {
    const i = starts[a];
    forces[i] -= gradient[g];
    forces[i + 1] -= gradient[g + 1];
    forces[i + 2] -= gradient[g + 2];
  }
}

function addForces({ starts, gradients, slopes }: Evaluated, forces: Float64Array): void {
  for (let c = 0, g = 0; c < slopes.length; c++) {
    const slope = slopes[c];
    for (let a = 0; a < starts.length; a++, g += 3) {
      const i = starts[a];
      forces[i] -= slope * gradients[g];
      forces[i + 1] -= slope * gradients[g + 1];
      forces[i + 2] -= slope * gradients[g + 2];
    }
  }
}

/** Sum of r (x) f, with r from the first atom of the variable: forces of a variable that does not see where it is add up to nothing. */
function addVirial(
  { variable, whole, gradients, slopes, strains }: Evaluated,
  positions: Float64Array,
  box: Box,
  virial: Float64Array,
): void {
  const count = whole ? 1 : slopes.length;
  strainsOf(variable, gradients, count, positions, box, strains);
  for (let c = 0; c < count; c++) {
    const slope = whole ? 1 : slopes[c];
    for (let k = 0; k < 9; k++) virial[k] -= slope * strains[9 * c + k];
  }
}
