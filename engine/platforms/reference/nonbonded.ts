/**
 * The pair loop of the reference platform: any pair potential with any cut-off treatment, and any Coulomb pair function.
 *
 * Particle by particle: gather the row of neighbours within the cut-off, let the potential, its modifier and the Coulomb
 * function each fill or change the row's energies and forces, and scatter the forces. Each of the three is a loop of its own, so
 * that no function is called across a pair that the JIT compiler has not inlined.
 */
import type { NonbondedForce } from '../../forces/description.ts';
import { dispersionCorrection, hasDispersionCorrection } from '../../forces/dispersion-correction.ts';
import { type RowModifier, rowModifier } from '../../forces/modifiers.ts';
import type { CoulombMethod, ForceKernel, KernelContext, PairList, PairTerm } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import type { Box } from '../../system/box.ts';
import type { Structure } from '../../system/system.ts';
import { fresh } from './fresh.ts';
import { imageVectors } from './image.ts';

/** The pairs of one particle, structure of arrays; `count` of them are in use. */
class Row {
  size = 0;
  neighbour = new Int32Array(0);
  /** Offset of the pair's parameters in the type-pair matrix. */
  offset = new Int32Array(0);
  d = new Float64Array(0);
  r2 = new Float64Array(0);
  charges = new Float64Array(0);
  energy = new Float64Array(0);
  force = new Float64Array(0);

  reserve(size: number): void {
    if (size <= this.size) return;
    this.size = Math.max(size, 2 * this.size);
    this.neighbour = new Int32Array(this.size);
    this.offset = new Int32Array(this.size);
    this.d = new Float64Array(3 * this.size);
    this.r2 = new Float64Array(this.size);
    this.charges = new Float64Array(this.size);
    this.energy = new Float64Array(this.size);
    this.force = new Float64Array(this.size);
  }
}

/** Compiles a non-bonded force: first the kernel over pairs, then the long-ranged kernels of its Coulomb method and of dispersion. */
export function compileNonbonded(force: NonbondedForce, context: KernelContext, registry: Registry): ForceKernel[] {
  const { structure } = context.system;
  const potential = potentialRow(force, registry);
  const charged = force.coulomb !== null && structure.charge.some((q) => q !== 0);
  const method = charged && force.coulomb ? registry.get('coulomb', force.coulomb.method) : null;
  const coulomb = method && force.coulomb ? coulombRow(method.pair(force.coulomb, force.cutoff)) : null;
  const list = context.pairList(force.cutoff, force.exclusions);
  const gather = new Gatherer(structure, list, force);
  const row = new Row();

  const pairs: ForceKernel = {
    label: force.label ?? 'nonbonded',
    compute(positions, box, forces, virial) {
      let energy = 0;
      const particles = list.start.length - 1;
      for (let i = 0; i < particles; i++) {
        row.reserve(list.start[i + 1] - list.start[i]);
        const count = gather.row(i, positions, box, row);
        if (count === 0) continue;
        potential(count, row);
        if (coulomb) coulomb(count, row);
        energy += scatter(i, count, row, forces, virial);
      }
      return energy;
    },
  };
  const longRange =
    method?.longRange && force.coulomb ? method.longRange(force.coulomb, force.cutoff, force.exclusions, context) : [];
  const tail = hasDispersionCorrection(force, context.system.box.vectors !== null)
    ? [dispersionCorrection(force, structure)]
    : [];
  return [pairs, ...longRange, ...tail];
}

/** Fills energies and forces of a row with the pair potential and its cut-off treatment; zeros where there is none. */
function potentialRow(force: NonbondedForce, registry: Registry): (count: number, row: Row) => void {
  const { pair, cutoff } = force;
  if (!pair) {
    return (count, row) => {
      row.energy.fill(0, 0, count);
      row.force.fill(0, 0, count);
    };
  }
  const term = registry.get('pair', pair.term);
  const evaluate = term.compile ? term.compile(pair) : term.evaluate;
  const { parameters, width } = pair;
  const modify: RowModifier | null = rowModifier(
    evaluate,
    pair.modifier,
    cutoff,
    pair.switchDistance ?? 0.9 * cutoff,
    parameters,
    width,
  );
  const out = new Float64Array(2);
  const loop = fresh(
    (
      count: number,
      r2: Float64Array,
      offset: Int32Array,
      p: Float64Array,
      at: PairTerm['evaluate'],
      result: Float64Array,
      e: Float64Array,
      f: Float64Array,
    ) => {
      for (let k = 0; k < count; k++) {
        at(r2[k], p, offset[k], result);
        e[k] = result[0];
        f[k] = result[1];
      }
    },
  );
  return (count, row) => {
    loop(count, row.r2, row.offset, parameters, evaluate, out, row.energy, row.force);
    if (modify) modify(count, row.r2, row.offset, row.energy, row.force);
  };
}

/** Adds the Coulomb interaction to a row. */
function coulombRow(pair: ReturnType<CoulombMethod['pair']>): (count: number, row: Row) => void {
  const out = new Float64Array(2);
  const loop = fresh(
    (
      count: number,
      r2: Float64Array,
      qq: Float64Array,
      at: typeof pair,
      result: Float64Array,
      e: Float64Array,
      f: Float64Array,
    ) => {
      for (let k = 0; k < count; k++) {
        at(r2[k], result);
        e[k] += qq[k] * result[0];
        f[k] += qq[k] * result[1];
      }
    },
  );
  return (count, row) => loop(count, row.r2, row.charges, pair, out, row.energy, row.force);
}

/** Finds the neighbours of a particle that are within the cut-off. */
class Gatherer {
  private readonly list: PairList;
  private readonly cutoff2: number;
  private readonly type: Int32Array;
  private readonly types: number;
  private readonly width: number;
  /** Charges times the root of the Coulomb constant. */
  private readonly charge: Float64Array;

  constructor(structure: Structure, list: PairList, force: NonbondedForce) {
    this.list = list;
    this.cutoff2 = force.cutoff * force.cutoff;
    this.type = structure.type;
    this.types = structure.typeNames.length;
    this.width = force.pair?.width ?? 0;
    const root = Math.sqrt(unitConstants(structure.units).coulomb);
    this.charge = structure.charge.map((q) => q * root);
  }

  row(i: number, x: Float64Array, box: Box, row: Row): number {
    const rounder = 6755399441055744; // see image.ts
    const { ax, bx, by, cx, cy, cz, inverseX, inverseY, inverseZ } = imageVectors(box);
    const { list, cutoff2, type, width, charge } = this;
    const { neighbour, offset, d, r2: squares, charges } = row;
    const { neighbours } = list;
    const xi = x[3 * i];
    const yi = x[3 * i + 1];
    const zi = x[3 * i + 2];
    const types = type[i] * this.types;
    const qi = charge[i];
    const end = list.start[i + 1];
    let count = 0;
    for (let k = list.start[i]; k < end; k++) {
      const j = neighbours[k];
      let dx = xi - x[3 * j];
      let dy = yi - x[3 * j + 1];
      let dz = zi - x[3 * j + 2];
      const nz = dz * inverseZ + rounder - rounder;
      dz -= nz * cz;
      dy -= nz * cy;
      dx -= nz * cx;
      const ny = dy * inverseY + rounder - rounder;
      dy -= ny * by;
      dx -= ny * bx;
      dx -= (dx * inverseX + rounder - rounder) * ax;
      const r2 = dx * dx + dy * dy + dz * dz;
      // Written so that NaN is kept: the energy then says that something is wrong.
      if (r2 > cutoff2) continue;
      neighbour[count] = j;
      offset[count] = (types + type[j]) * width;
      d[3 * count] = dx;
      d[3 * count + 1] = dy;
      d[3 * count + 2] = dz;
      squares[count] = r2;
      charges[count] = qi * charge[j];
      count++;
    }
    return count;
  }
}

/** Adds a row's forces and virial; returns its energy. */
function scatter(i: number, count: number, row: Row, forces: Float64Array, virial: Float64Array): number {
  const { neighbour, d, energy, force } = row;
  let sum = 0;
  let fix = 0;
  let fiy = 0;
  let fiz = 0;
  let xx = 0;
  let xy = 0;
  let xz = 0;
  let yy = 0;
  let yz = 0;
  let zz = 0;
  for (let k = 0; k < count; k++) {
    const j = 3 * neighbour[k];
    const dx = d[3 * k];
    const dy = d[3 * k + 1];
    const dz = d[3 * k + 2];
    const fx = force[k] * dx;
    const fy = force[k] * dy;
    const fz = force[k] * dz;
    sum += energy[k];
    fix += fx;
    fiy += fy;
    fiz += fz;
    forces[j] -= fx;
    forces[j + 1] -= fy;
    forces[j + 2] -= fz;
    xx += dx * fx;
    xy += dx * fy;
    xz += dx * fz;
    yy += dy * fy;
    yz += dy * fz;
    zz += dz * fz;
  }
  forces[3 * i] += fix;
  forces[3 * i + 1] += fiy;
  forces[3 * i + 2] += fiz;
  virial[0] += xx;
  virial[1] += xy;
  virial[2] += xz;
  virial[3] += xy;
  virial[4] += yy;
  virial[5] += yz;
  virial[6] += xz;
  virial[7] += yz;
  virial[8] += zz;
  return sum;
}
