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

/** A force in the memory: the address of its set, and the tuple of the force that each tuple of the set is. */
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
  if (term !== 'periodic-torsion') return parameters;
  // n, k, k cos(phase), k sin(phase), with n >= 0.
  const all = new Float64Array((4 * parameters.length) / 3);
  for (let o = 0; o < parameters.length; o += 3) {
    const [n, phase, k] = parameters.subarray(o, o + 3);
    all.set([Math.abs(n), k, k * cos(phase), (n < 0 ? -k : k) * sin(phase)], (4 * o) / 3);
  }
  return all;
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
