/** From bonded forces and listed pairs to sets of the kernels. */
import { InputError } from '../../errors.ts';
import type { BondedForce, PairListForce } from '../../forces/description.ts';
import { cos, sin } from '../../math/functions.ts';
import { unitConstants } from '../../scenario/units.ts';
import type { Structure } from '../../system/system.ts';
import * as layout from './assembly/layout.ts';
import { doublesAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';
import { erfOverRoot, erfOverRootSlope } from './screening.ts';
import { functionCells, tableCells } from './tables.ts';

/** Terms with kernels: code and atoms a tuple. Terms of other names run in JavaScript. */
const terms: Readonly<Record<string, readonly [code: number, arity: number]>> = {
  'harmonic-bond': [layout.bondHarmonic, 2],
  'fene-bond': [layout.bondFene, 2],
  'harmonic-angle': [layout.angleHarmonic, 3],
  'cosine-angle': [layout.angleCosine, 3],
  'cosine-squared-angle': [layout.angleCosineSquared, 3],
  'periodic-torsion': [layout.torsionPeriodic, 4],
  'rb-torsion': [layout.torsionRyckaertBellemans, 4],
  'tabulated-bond': [layout.bondTable, 2],
  'tabulated-angle': [layout.angleTable, 3],
  'tabulated-dihedral': [layout.torsionTable, 4],
};

/** A force in the memory: the address of its set, and the tuple of the force that each tuple of the set is (the first, of several). */
export interface PlacedTuples {
  readonly set: number;
  readonly order: Int32Array;
}

/** Multiplicities of periodic torsions that the kernel takes: it multiplies its way up to them. */
const highestMultiplicity = 12;

export function hasBondedKernel(force: BondedForce): boolean {
  if (!Object.hasOwn(terms, force.term)) return false;
  if (force.term !== 'periodic-torsion') return true;
  return force.parameters.every((n, k) => k % 3 !== 0 || (Number.isInteger(n) && Math.abs(n) <= highestMultiplicity));
}

/** Places the force in the memory, by ranges of particles. Atoms and numbers of parameters have been checked. */
export function createBondedSet(kernel: Kernel, force: BondedForce, ranges: Int32Array): PlacedTuples {
  if (force.term === 'periodic-torsion') return createFourierTorsions(kernel, force, ranges);
  const [code, arity] = terms[force.term];
  const count = force.atoms.length / arity;
  const parameters = force.tables ? tableParameters(kernel, force) : kernelParameters(force);
  return place(kernel, code, arity, force.atoms, parameters, count, 0, ranges);
}

export function createListedPairs(kernel: Kernel, force: PairListForce, structure: Structure, ranges: Int32Array): PlacedTuples {
  const { coulomb } = unitConstants(structure.units);
  return place(kernel, layout.listedPairs, 2, force.atoms, force.parameters, force.atoms.length / 2, coulomb, ranges);
}

/** What pairs of charges have in reciprocal space, taken off: -q_i q_j erf(alpha r)/r. Pairs with a charge of 0 are left out. */
export function createExcludedCharges(
  kernel: Kernel,
  exclusions: Int32Array,
  alpha: number,
  structure: Structure,
  ranges: Int32Array,
): PlacedTuples {
  const { charge, units } = structure;
  const { coulomb } = unitConstants(units);
  const cells = functionCells(
    erfOverRoot,
    erfOverRootSlope,
    layout.excludedCells / layout.excludedCellsPerUnit,
    layout.excludedCells,
  );
  const address = kernel.allocate(8 * cells.length);
  doublesAt(kernel, address, cells.length).set(cells);
  const atoms: number[] = [];
  const parameters: number[] = [];
  for (let k = 0; k < exclusions.length; k += 2) {
    const [i, j] = [exclusions[k], exclusions[k + 1]];
    if (charge[i] === 0 || charge[j] === 0) continue;
    atoms.push(i, j);
    parameters.push(-coulomb * alpha * charge[i] * charge[j], address);
  }
  const count = atoms.length / 2;
  return place(
    kernel,
    layout.excludedCharges,
    2,
    Int32Array.from(atoms),
    Float64Array.from(parameters),
    count,
    alpha * alpha,
    ranges,
  );
}

function place(
  kernel: Kernel,
  code: number,
  arity: number,
  atoms: Int32Array,
  parameters: Float64Array,
  count: number,
  constant: number,
  ranges: Int32Array,
): PlacedTuples {
  const each = count > 0 ? parameters.length / count : 0;
  const set = kernel.createBonded(code, count, arity, each, constant);
  const placedAtoms = intsAt(kernel, kernel.bondedAtoms(set), atoms.length);
  const placedParameters = doublesAt(kernel, kernel.bondedParameters(set), parameters.length);
  const { order, starts } = sortByRange(atoms, arity, ranges);
  order.forEach((from, to) => {
    for (let a = 0; a < arity; a++) placedAtoms[to * arity + a] = atoms[from * arity + a];
    for (let a = 0; a < each; a++) placedParameters[to * each + a] = parameters[from * each + a];
  });
  intsAt(kernel, kernel.bondedStarts(set), starts.length).set(starts);
  return { set, order };
}

/** The parameters as the kernels read them. */
function kernelParameters({ term, parameters }: BondedForce): Float64Array {
  if (term === 'cosine-squared-angle') return parameters.map((value, k) => (k % 2 === 0 ? cos(value) : value));
  return parameters;
}

/** Periodic torsions of the same four particles as one Fourier series: they have one dihedral to find, and forces to give. */
function createFourierTorsions(kernel: Kernel, { atoms, parameters }: BondedForce, ranges: Int32Array): PlacedTuples {
  const groups = new Map<string, number[]>();
  for (let k = 0; k < atoms.length / 4; k++) {
    const four = [...atoms.subarray(4 * k, 4 * k + 4)];
    // The dihedral is the same from both ends.
    const key = (four[0] < four[3] ? four : four.reverse()).join(' ');
    const group = groups.get(key);
    if (group) group.push(k);
    else groups.set(key, [k]);
  }
  const series = [...groups.values()];
  const most = parameters.reduce((n, value, k) => (k % 3 === 0 ? Math.max(n, Math.abs(value)) : n), 0);
  const width = 2 + 2 * most;
  const numbers = new Float64Array(width * series.length);
  series.forEach((group, g) => {
    const own = numbers.subarray(g * width, (g + 1) * width);
    for (const k of group) {
      const [n, phase, amplitude] = parameters.subarray(3 * k, 3 * k + 3);
      const m = Math.abs(n);
      own[0] = Math.max(own[0], m);
      own[1] += m === 0 ? amplitude * (1 + cos(phase)) : amplitude;
      if (m === 0) continue;
      own[2 * m] += amplitude * cos(phase);
      own[2 * m + 1] += (n < 0 ? -amplitude : amplitude) * sin(phase);
    }
  });
  const first = Int32Array.from(series, ([k]) => k);
  const four = Int32Array.from(series.flatMap(([k]) => [...atoms.subarray(4 * k, 4 * k + 4)]));
  const { set, order } = place(kernel, layout.torsionPeriodic, 4, four, numbers, series.length, 0, ranges);
  return { set, order: order.map((g) => first[g]) };
}

/** Places the tables; four parameters a tuple: address, first node, spacing, number of the last cell. */
function tableParameters(kernel: Kernel, force: BondedForce): Float64Array {
  const tables = (force.tables ?? []).map((table) => {
    const cells = tableCells(table, 'line');
    const address = kernel.allocate(8 * cells.length);
    doublesAt(kernel, address, cells.length).set(cells);
    return [address, table.start, table.spacing, table.values.length];
  });
  const parameters = new Float64Array(4 * force.parameters.length);
  force.parameters.forEach((index, k) => {
    if (!(index in tables)) {
      throw new InputError(
        '',
        `"${force.term}" refers to table ${index}, but the force has ${tables.length}; tables count from 0`,
      );
    }
    parameters.set(tables[index], 4 * k);
  });
  return parameters;
}

/**
 * Tuples by the range of particles that holds all their atoms, in the order of the force; last those that cross ranges.
 * @returns starts: first tuple of each range, of those that cross, and the end
 */
export function sortByRange(
  atoms: Int32Array,
  arity: number,
  ranges: Int32Array,
): { readonly order: Int32Array; readonly starts: Int32Array } {
  const count = atoms.length / arity;
  const parts = ranges.length - 1;
  const rangeOf = new Int32Array(ranges[parts]);
  for (let p = 0; p < parts; p++) rangeOf.fill(p, ranges[p], ranges[p + 1]);
  const place = new Int32Array(count);
  const starts = new Int32Array(parts + 2);
  for (let k = 0; k < count; k++) {
    const range = rangeOf[atoms[k * arity]];
    place[k] = range;
    for (let a = 1; a < arity; a++) if (rangeOf[atoms[k * arity + a]] !== range) place[k] = parts;
    starts[place[k] + 1]++;
  }
  for (let p = 0; p <= parts; p++) starts[p + 1] += starts[p];
  const next = starts.slice();
  const order = new Int32Array(count);
  for (let k = 0; k < count; k++) order[next[place[k]]++] = k;
  return { order, starts };
}
