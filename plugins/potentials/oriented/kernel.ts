/** Pairs of bonds in WebAssembly: places the regions of the memory and calls `assembly/kernel.ts`. */
import { type Box, isOrthorhombic, lazyModule, type Threads } from '../../../engine/index.ts';
import { type PairKernel, PairProgram } from '../pair-program.ts';
import { angularFunctions } from './angular.ts';
import { kernelBinary } from './assembly/binary.ts';
import type { BondPairSplines } from './pair-splines.ts';

interface BondKernel extends PairKernel {
  compute(): number;
}

/** Numbers a knot: the fourteen functions of degree 4, padded. */
const rowWidth = 16;
const degreeOfKernel = 4;

const compiled = lazyModule(kernelBinary);

/** Whether the kernel serves these splines in this box, on this machine. */
export function kernelServes(splines: BondPairSplines, box: Box): boolean {
  return splines.degree <= degreeOfKernel && (box.vectors === null || isOrthorhombic(box)) && compiled() !== null;
}

export class BondPairKernel {
  private readonly program: PairProgram<BondKernel>;
  private readonly positions: Float64Array;
  private readonly forces: Float64Array;
  private readonly virial: Float64Array;

  /** @throws Error where `kernelServes` is false */
  constructor(bonds: Int32Array, sites: number, splines: BondPairSplines, threads?: Threads) {
    const module = compiled();
    if (!module || splines.degree > degreeOfKernel) throw new Error('the kernel for pairs of bonds cannot serve here');
    const count = bonds.length / 2;
    const program = new PairProgram<BondKernel>(module, count, threads);
    this.program = program;
    program.ints(program.place('sites', 4 * bonds.length), bonds.length).set(bonds);
    this.positions = program.doubles(program.place('positions', 24 * sites), 3 * sites);
    this.forces = program.doubles(program.place('forces', 24 * sites), 3 * sites);
    this.virial = program.doubles(program.place('virial', 72), 9);
    program.place('pulls', 64 * count);
    program.listPairs({ count, cutoff: splines.cutoff, bytes: 64 }, program.place('records', 64 * count));
    program.place('turns', 72 * program.at('ranges'));
    this.placeTable(splines);
  }

  /** Lists made so far. */
  get builds(): number {
    return this.program.kernel.listBuilds();
  }

  /**
   * Adds to forces and virial; returns the energy. The box must be open or orthorhombic. Sums do not depend on when the list was made.
   * @param reach of the list
   */
  compute(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array, reach: number): number {
    this.positions.set(positions);
    const energy = this.program.call('compute', box, reach);
    for (let k = 0; k < forces.length; k++) forces[k] += this.forces[k];
    for (let k = 0; k < 9; k++) virial[k] += this.virial[k];
    return energy;
  }

  private placeTable({ degree, start, intervals, coefficients }: BondPairSplines): void {
    const { program } = this;
    const own = angularFunctions(degree);
    const all = angularFunctions(degreeOfKernel);
    const rows = intervals + 3;
    const table = program.doubles(program.place('table', 8 * rowWidth * rows), rowWidth * rows);
    own.forEach(({ p, q, s }, f) => {
      const column = all.findIndex((g) => g.p === p && g.q === q && g.s === s);
      for (let row = 0; row < rows; row++) table[row * rowWidth + column] = coefficients[row * own.length + f];
    });
    program.set({ start, intervals });
  }
}
