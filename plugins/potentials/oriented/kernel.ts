/** Pairs of bonds in WebAssembly: places the regions of the memory and calls `assembly/kernel.ts`. */
import { type Box, isOrthorhombic } from '../../../engine/index.ts';
import { kernelModule } from '../kernel-module.ts';
import { angularFunctions } from './angular.ts';
import { kernelBinary } from './assembly/binary.ts';
import type { BondPairSplines } from './pair-splines.ts';

type Call = (...values: number[]) => number;
type Exports = Readonly<Record<string, Call & WebAssembly.Global>>;

/** Numbers a knot: the fourteen functions of degree 4, padded. */
const rowWidth = 16;
const degreeOfKernel = 4;
const mostCells = 1 << 15;

const compiled = kernelModule(kernelBinary);

/** Whether the kernel serves these splines in this box, on this machine. */
export function kernelServes(splines: BondPairSplines, box: Box): boolean {
  return splines.degree <= degreeOfKernel && (box.vectors === null || isOrthorhombic(box)) && compiled() !== null;
}

export class BondPairKernel {
  /** Lists made so far. */
  builds = 0;
  private readonly call: Exports;
  private readonly memory: WebAssembly.Memory;
  private readonly sites: number;
  private readonly cutoff: number;
  private readonly madeIn = new Float64Array(3);
  private top: number;
  private listAt = 0;
  private views: { positions: Float64Array; forces: Float64Array; virial: Float64Array } | null = null;

  /** @throws Error where `kernelServes` is false */
  constructor(bonds: Int32Array, sites: number, splines: BondPairSplines) {
    const module = compiled();
    if (!module || splines.degree > degreeOfKernel) throw new Error('the kernel for pairs of bonds cannot serve here');
    const instance = new WebAssembly.Instance(module);
    this.call = instance.exports as unknown as Exports;
    this.memory = instance.exports.memory as WebAssembly.Memory;
    this.sites = sites;
    this.cutoff = splines.cutoff;
    this.top = this.call.heapBase();
    const count = bonds.length / 2;
    this.set('bonds', count);
    const at = this.place('sites', 4 * bonds.length);
    new Int32Array(this.memory.buffer, at, bonds.length).set(bonds);
    for (const name of ['positions', 'forces']) this.place(name, 24 * sites);
    for (const name of ['records', 'pulls']) this.place(name, 64 * count);
    this.place('madeAt', 24 * count);
    this.place('first', 4 * (count + 1));
    this.place('members', 4 * count);
    this.place('cellOf', 4 * count);
    this.place('cellFirst', 4 * (mostCells + 2));
    this.set('mostCells', mostCells);
    this.place('scratch', 256);
    this.place('virial', 72);
    this.placeTable(splines);
    this.listAt = this.top;
    this.makeRoom(32 * count);
  }

  /** Adds to forces and virial; returns the energy. The box must be open or orthorhombic. */
  compute(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array, reach: number): number {
    const { call } = this;
    this.view().positions.set(positions);
    const edges = box.vectors ? [box.vectors[0], box.vectors[4], box.vectors[8]] : [0, 0, 0];
    ['lx', 'ly', 'lz'].forEach((name, k) => {
      call[name].value = edges[k];
    });
    call.place();
    this.updateList(edges, reach);
    const energy = call.addPairs();
    call.spread();
    const own = this.view();
    for (let k = 0; k < own.forces.length; k++) forces[k] += own.forces[k];
    for (let k = 0; k < 9; k++) virial[k] += own.virial[k];
    return energy;
  }

  /** Pairs come in ascending order whenever the list was made: sums do not depend on that. */
  private updateList(edges: readonly number[], reach: number): void {
    const { call, madeIn } = this;
    const half = 0.5 * (reach - this.cutoff);
    if (this.builds > 0 && edges.every((edge, k) => edge === madeIn[k]) && call.moved() <= half * half) return;
    for (let count = call.makeList(reach); count < 0; count = call.makeList(reach)) this.makeRoom(2 * call.capacity.value);
    madeIn.set(edges);
    this.builds++;
  }

  private placeTable({ degree, start, cutoff, intervals, coefficients }: BondPairSplines): void {
    const own = angularFunctions(degree);
    const all = angularFunctions(degreeOfKernel);
    const rows = intervals + 3;
    const at = this.place('table', 8 * rowWidth * rows);
    const table = new Float64Array(this.memory.buffer, at, rowWidth * rows);
    own.forEach(({ p, q, s }, f) => {
      const column = all.findIndex((g) => g.p === p && g.q === q && g.s === s);
      for (let row = 0; row < rows; row++) table[row * rowWidth + column] = coefficients[row * own.length + f];
    });
    this.set('start', start);
    this.set('cutoff', cutoff);
    this.set('intervals', intervals);
  }

  private makeRoom(pairs: number): void {
    this.top = this.listAt;
    this.place('second', 4 * pairs);
    this.set('capacity', pairs);
  }

  private set(name: string, value: number): void {
    this.call[name].value = value;
  }

  /** Reserves bytes for the region that the kernel exports under this name; returns its address. */
  private place(name: string, bytes: number): number {
    const address = Math.ceil(this.top / 64) * 64;
    this.top = address + bytes;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    this.set(name, address);
    return address;
  }

  private view(): NonNullable<BondPairKernel['views']> {
    if (this.views?.positions.buffer !== this.memory.buffer) {
      const of = (name: string, length: number) => new Float64Array(this.memory.buffer, this.call[name].value, length);
      this.views = { positions: of('positions', 3 * this.sites), forces: of('forces', 3 * this.sites), virial: of('virial', 9) };
    }
    return this.views;
  }
}
