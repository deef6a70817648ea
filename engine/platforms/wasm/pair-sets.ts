/** From a non-bonded force to a set of pairs of the kernels: which evaluator serves it, its parameters and its tables. */
import { InputError } from '../../errors.ts';
import { ewaldSplitting } from '../../forces/coulomb-ewald.ts';
import { reactionFieldConstants } from '../../forces/coulomb-reaction-field.ts';
import type { NonbondedForce, PairPotential } from '../../forces/description.ts';
import { forceSwitchConstants } from '../../forces/modifiers.ts';
import { erfc, exp } from '../../math/functions.ts';
import { unitConstants } from '../../scenario/units.ts';
import type { Structure, SystemDescription } from '../../system/system.ts';
import * as layout from './assembly/layout.ts';
import { doublesAt, floatsAt, intsAt } from './memory.ts';
import type { Kernel } from './module.ts';
import { pairParts } from './parts.ts';
import { erfOverRootSlope } from './screening.ts';
import { chebyshevInterpolation, functionCells, tableCells } from './tables.ts';

/** A pair potential in the terms of the kernels; matrix over type pairs, rowWidth numbers each. */
interface Potential {
  readonly code: number;
  readonly matrix: Float64Array;
  readonly constants: readonly [number, number];
  readonly cells: Float64Array;
}

interface Coulomb {
  readonly code: number;
  readonly constants: readonly [number, number];
  readonly cells: Float64Array;
}

const none = new Float64Array(0);
const width = layout.rowWidth;

/** Intervals of the table of erfc(alpha r) up to the cut-off: interpolation errors below 1e-10 of the energy. */
const ewaldIntervals = 2048;

/**
 * Buffers to start with, which the kernels then adapt: the inner list is made for `stepsPerPrune` steps, in which the fastest particles, some
 * four times the typical speed, use up the inner one; the outer one is longer by what they go in `stepsPerBuild`; within parts of the cut-off.
 */
const stepsPerPrune = 8;
const stepsPerBuild = 25;
const fastestTwo = 8.5;
/** Of the inner buffer: what one of two particles may go without its velocity foretelling it. */
const unforeseen = 0.2;
const innerRange = [0.03, 0.3] as const;
const outerRange = [0.1, 0.8] as const;
/** Where the speed of the start is not known. */
const innerBuffer = 0.1;
const outerBuffer = 0.3;

export interface ListSettings {
  readonly double: boolean;
  readonly relaxed: boolean;
  /** How far the lightest particles go in a timestep, along one axis, rms; null if nothing says how warm the start is. */
  readonly stride: number | null;
  /** Buffer of the outer list set by the user (length), or null: adapted. */
  readonly buffer: number | null;
}

/** Whether the kernels have an evaluator for the force; others run the reference platform's loop in JavaScript. */
export function hasPairKernel(force: NonbondedForce, structure: Structure): boolean {
  const coulomb = charges(force, structure) ? force.coulomb?.method : undefined;
  if (coulomb !== undefined && !['cutoff', 'reaction-field', 'ewald', 'pme'].includes(coulomb)) return false;
  if (!force.pair) return true;
  switch (force.pair.term) {
    case 'lennard-jones':
      return true;
    case 'wca':
      return force.pair.modifier === 'none';
    case 'tabulated-pair':
      return force.pair.modifier === 'none' || force.pair.modifier === 'shift';
    default:
      return false;
  }
}

export function charges(force: NonbondedForce, structure: Structure): boolean {
  return force.coulomb !== null && structure.charge.some((q) => q !== 0);
}

/** Places the set in the memory; returns its address. Every particle must have been counted by `createState`. */
export function createPairSet(kernel: Kernel, force: NonbondedForce, system: SystemDescription, settings: ListSettings): number {
  const { structure } = system;
  const types = Math.max(1, structure.typeNames.length);
  const infinite = force.cutoff === Number.POSITIVE_INFINITY;
  const potential = pairPotential(force, types);
  if (!settings.double) checkRange(potential.matrix);
  const coulomb = coulombPair(force, structure, settings.double);
  const partners = excludedPartners(force.exclusions, structure.mass.length);
  const cutoff = infinite ? 0 : force.cutoff;
  const parts = pairParts(structure.mass.length);
  const set = kernel.createSet(cutoff, infinite, types, partners.list.length, parts);
  kernel.configurePotential(set, potential.code, coulomb.code, ...potential.constants, ...coulomb.constants);
  kernel.setBuffers(set, ...buffers(cutoff, settings));
  if (isSmooth(system)) kernel.useSmoothForces(set);
  if (settings.buffer !== null) kernel.fixBuffers(set);
  kernel.allocateTables(set, potential.cells.length / 4, coulomb.cells.length / 4);
  const particles = structure.mass.length;
  doublesAt(kernel, kernel.setMatrix(set), types * types * width).set(potential.matrix);
  kernel.findInert(set);
  // The memory is zeroed, and what nobody writes takes no place.
  if (types > 1) intsAt(kernel, kernel.setType(set), particles).set(structure.type);
  if (coulomb.code !== layout.coulombNone) {
    const root = Math.sqrt(unitConstants(structure.units).coulomb);
    doublesAt(kernel, kernel.setCharge(set), particles).set(structure.charge.map((q) => q * root));
  }
  const write = settings.double ? doublesAt : floatsAt;
  write(kernel, kernel.setTable(set), potential.cells.length).set(potential.cells);
  write(kernel, kernel.setCoulombTable(set), coulomb.cells.length).set(coulomb.cells);
  if (partners.list.length > 0) {
    intsAt(kernel, kernel.setExcludedStart(set), particles + 1).set(partners.start);
    intsAt(kernel, kernel.setExcluded(set), partners.list.length).set(partners.list);
  }
  return set;
}

/** Whether velocities and forces tell where a particle will be after some steps: not where bonds or constraints turn it round. */
function isSmooth({ forces, constraints }: SystemDescription): boolean {
  return (constraints?.lengths.length ?? 0) === 0 && !forces.some((force) => force.kind === 'bonded');
}

/** At the start: outer buffer; evaluations that an inner list is made for, and the margin of its reaches. */
function buffers(cutoff: number, { buffer, stride }: ListSettings): [number, number, number] {
  const within = ([least, most]: readonly [number, number], wish: number) =>
    Math.max(least * cutoff, Math.min(most * cutoff, wish));
  const inner = stride === null ? innerBuffer * cutoff : within(innerRange, stepsPerPrune * fastestTwo * stride);
  if (buffer !== null) return [buffer, 0, 0.5 * Math.min(inner, 0.4 * buffer)];
  const more = stride === null ? outerBuffer * cutoff : within(outerRange, stepsPerBuild * fastestTwo * stride);
  return [inner + more, stepsPerPrune, unforeseen * inner];
}

function pairPotential(force: NonbondedForce, types: number): Potential {
  const { pair } = force;
  const matrix = new Float64Array(types * types * width);
  if (!pair) return { code: layout.pairNone, matrix, constants: [0, 0], cells: none };
  if (pair.term === 'tabulated-pair') return tabulated(pair, force.cutoff, matrix);
  const same = pair.parameters.every((value, k) => value === pair.parameters[k % pair.width]);
  for (let k = 0; k < types * types; k++) {
    const sigma = pair.parameters[k * pair.width];
    const epsilon = pair.parameters[k * pair.width + 1];
    // The parameters of the evaluators in assembly/evaluators/.
    const b = -24 * epsilon * sigma ** 6;
    const a = -2 * b * sigma ** 6;
    matrix.set([a, b, ...(pair.term === 'wca' ? [-epsilon, 0] : atCutoff(pair, a, b, force.cutoff))], k * width);
  }
  if (pair.term === 'wca') return { code: same ? layout.pairWcaUniform : layout.pairWca, matrix, constants: [0, 0], cells: none };
  switch (pair.modifier) {
    case 'none':
    case 'shift':
      return { code: same ? layout.pairLennardJonesUniform : layout.pairLennardJones, matrix, constants: [0, 0], cells: none };
    case 'force-shift':
      return { code: layout.pairLennardJonesForceShift, matrix, constants: [force.cutoff, 0], cells: none };
    case 'switch':
    case 'force-switch': {
      const start = pair.switchDistance ?? 0.9 * force.cutoff;
      const code = pair.modifier === 'switch' ? layout.pairLennardJonesSwitch : layout.pairLennardJonesForceSwitch;
      return { code, matrix, constants: [start, 1 / (force.cutoff - start)], cells: none };
    }
  }
}

/** @throws InputError for parameters, powers of sigma among them, that single precision cannot hold */
function checkRange(matrix: Float64Array): void {
  const bad = matrix.find((value) => value !== 0 && !(Math.abs(value) > 1e-36 && Math.abs(value) < 1e36));
  if (bad === undefined) return;
  throw new InputError(
    'system.nonbonded',
    `a parameter of the pair potential is ${bad} in the units of the run (48 epsilon sigma^12 and -24 epsilon sigma^6 among them), which single ` +
      'precision cannot hold. Use units in which sigma is nearer to 1, or "precision": "double".',
  );
}

/** The third and fourth parameter: energy and dE/dr at the cut-off, or the constants of a force switch; zeros where there is no modifier. */
function atCutoff(pair: PairPotential, a: number, b: number, cutoff: number): [number, number] {
  if (cutoff === Number.POSITIVE_INFINITY) return [0, 0];
  const i6 = cutoff ** -6;
  const force = (i6 * (a * i6 + b)) / cutoff;
  switch (pair.modifier) {
    case 'none':
    case 'switch':
      return [0, 0];
    case 'shift':
      return [(i6 * (a * i6 + 2 * b)) / 12, 0];
    case 'force-shift':
      return [(i6 * (a * i6 + 2 * b)) / 12, -force];
    case 'force-switch': {
      const range = cutoff - (pair.switchDistance ?? 0.9 * cutoff);
      const constants = forceSwitchConstants(force, (-i6 * (13 * a * i6 + 7 * b)) / cutoff ** 2, range);
      return [constants.a, constants.b];
    }
  }
}

function tabulated(pair: PairPotential, cutoff: number, matrix: Float64Array): Potential {
  const tables = pair.tables ?? [];
  const starts: number[] = [];
  const cells: number[] = [];
  for (const table of tables) {
    starts.push(cells.length / 4);
    const own = tableCells(table, 'flat');
    const shift = pair.modifier === 'shift' ? energyAt(own, (cutoff - table.start) / table.spacing + 1) : 0;
    own.forEach((c, k) => {
      cells.push(k % 4 === 0 ? c - shift : c);
    });
  }
  for (let k = 0; k < pair.parameters.length; k++) {
    const index = pair.parameters[k];
    const table = tables[index];
    if (!table) {
      throw new InputError('', `"tabulated-pair" refers to table ${index}, but there are ${tables.length}; tables count from 0`);
    }
    matrix.set([starts[index], table.start, 1 / table.spacing, table.values.length], k * width);
  }
  return { code: layout.pairTable, matrix, constants: [0, 0], cells: Float64Array.from(cells) };
}

function energyAt(cells: Float64Array, u: number): number {
  const m = Math.max(0, Math.min(cells.length / 4 - 1, Math.floor(u)));
  const t = u - m;
  return cells[4 * m] + t * (cells[4 * m + 1] + t * (cells[4 * m + 2] + t * cells[4 * m + 3]));
}

function coulombPair(force: NonbondedForce, structure: Structure, double: boolean): Coulomb {
  const { coulomb, cutoff } = force;
  if (!coulomb || !charges(force, structure)) return { code: layout.coulombNone, constants: [0, 0], cells: none };
  if (coulomb.method === 'cutoff') return { code: layout.coulombReactionField, constants: [0, 0], cells: none };
  if (coulomb.method === 'reaction-field') {
    const { k, c } = reactionFieldConstants(coulomb, cutoff);
    return { code: layout.coulombReactionField, constants: [k, c], cells: none };
  }
  const alpha = ewaldSplitting(coulomb, cutoff);
  if (!double && alpha * cutoff <= polynomialReach) {
    return {
      code: layout.coulombEwaldPolynomial,
      constants: [2 / cutoff ** 2, layout.ewaldCells / cutoff],
      cells: ewaldCells(alpha, cutoff),
    };
  }
  const slope = (-2 * alpha) / Math.sqrt(Math.PI);
  const cells = functionCells(
    (r) => erfc(alpha * r),
    (r) => slope * exp(-alpha * alpha * r * r),
    cutoff,
    ewaldIntervals,
  );
  return { code: layout.coulombEwald, constants: [ewaldIntervals / cutoff, ewaldIntervals - 1], cells };
}

/** alpha rc up to which the polynomial's error stays within single precision: 1e-7 of its largest value. */
const polynomialReach = 3.3;

/**
 * Coefficients of P(t), the Chebyshev interpolation of erf(alpha r)/r over r^2 with t = 2 r^2/rc^2 - 1; then the lines for its force, value
 * in the middle and rise of each, up to the cut-off and one beyond: off by (alpha rc)^2 1e-7 of the force between bare charges at most.
 */
function ewaldCells(alpha: number, cutoff: number): Float64Array {
  const energy = chebyshevInterpolation((t) => {
    const r = cutoff * Math.sqrt(0.5 * (t + 1));
    return (1 - erfc(alpha * r)) / r;
  }, layout.ewaldCoefficients);
  const lines = layout.ewaldCells + 1;
  const force = (k: number) => {
    const r = (k * cutoff) / layout.ewaldCells;
    return -2 * alpha ** 3 * r * erfOverRootSlope((alpha * r) ** 2);
  };
  const cells = new Float64Array(4 * Math.ceil((layout.ewaldLinesAt + 2 * lines) / 4));
  cells.set(energy);
  for (let k = 0; k < lines; k++)
    cells.set([0.5 * (force(k) + force(k + 1)), force(k + 1) - force(k)], layout.ewaldLinesAt + 2 * k);
  return cells;
}

/** Partners of every particle, both ways, from flat pairs. */
function excludedPartners(exclusions: Int32Array, particles: number): { start: Int32Array; list: Int32Array } {
  const start = new Int32Array(particles + 1);
  for (const i of exclusions) start[i + 1]++;
  for (let i = 0; i < particles; i++) start[i + 1] += start[i];
  const list = new Int32Array(exclusions.length);
  const next = start.slice();
  for (let k = 0; k < exclusions.length; k += 2) {
    list[next[exclusions[k]]++] = exclusions[k + 1];
    list[next[exclusions[k + 1]]++] = exclusions[k];
  }
  return { start, list };
}
