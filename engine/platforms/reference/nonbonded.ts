/** The pair loop of the reference platform: any pair potential with any cut-off treatment, and any Coulomb pair function. */
import type { NonbondedForce } from '../../forces/description.ts';
import { modified } from '../../forces/modifiers.ts';
import type { CoulombMethod, ForceKernel, KernelContext, PairTerm } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { unitConstants } from '../../scenario/units.ts';
import { fresh } from './fresh.ts';
import { type ImageVectors, imageVectors } from './image.ts';

type Evaluate = PairTerm['evaluate'];
type CoulombPair = ReturnType<CoulombMethod['pair']>;

/** Compiles a non-bonded force: first the kernel over pairs, then the long-ranged kernels of its Coulomb method. */
export function compileNonbonded(force: NonbondedForce, context: KernelContext, registry: Registry): ForceKernel[] {
  const { structure } = context.system;
  const width = force.pair?.width ?? 0;
  const parameters = force.pair?.parameters ?? new Float64Array(0);
  const evaluate = pairEvaluator(force, registry);
  const charged = force.coulomb !== null && structure.charge.some((q) => q !== 0);
  const method = charged && force.coulomb ? registry.get('coulomb', force.coulomb.method) : null;
  const coulombPair: CoulombPair | null = method && force.coulomb ? method.pair(force.coulomb, force.cutoff) : null;
  const charge = structure.charge.map((q) => q * Math.sqrt(unitConstants(structure.units).coulomb));
  const list = context.pairList(force.cutoff, force.exclusions);
  const types = structure.typeNames.length;
  const cutoff2 = force.cutoff * force.cutoff;
  const loop = fresh(pairLoop);
  const out = new Float64Array(2);

  const pairs: ForceKernel = {
    label: force.label ?? 'nonbonded',
    compute(positions, box, forces, virial) {
      return loop(
        positions, imageVectors(box), list.start, list.neighbours, structure.type, types, width, parameters,
        evaluate, charge, coulombPair, cutoff2, out, forces, virial,
      ); // biome-ignore format: one line of data, one line of functions and results
    },
  };
  const longRange = method?.longRange && force.coulomb ? method.longRange(force.coulomb, force.cutoff, force.exclusions, context) : [];
  return [pairs, ...longRange];
}

function pairEvaluator(force: NonbondedForce, registry: Registry): Evaluate | null {
  if (!force.pair) return null;
  const term = registry.get('pair', force.pair.term);
  const evaluate: Evaluate = term.compile ? term.compile(force.pair) : (r2, p, o, out) => term.evaluate(r2, p, o, out);
  const switchDistance = force.pair.switchDistance ?? 0.9 * force.cutoff;
  return modified(evaluate, force.pair.modifier, force.cutoff, switchDistance, force.pair.parameters, force.pair.width);
}

/** Self-contained: see `fresh`. */
function pairLoop(
  x: Float64Array,
  image: ImageVectors,
  start: Int32Array,
  neighbours: Int32Array,
  type: Int32Array,
  types: number,
  width: number,
  parameters: Float64Array,
  evaluate: Evaluate | null,
  charge: Float64Array,
  coulombPair: CoulombPair | null,
  cutoff2: number,
  out: Float64Array,
  forces: Float64Array,
  virial: Float64Array,
): number {
  const rounder = 6755399441055744;
  const { ax, bx, by, cx, cy, cz, inverseX, inverseY, inverseZ } = image;
  const particles = start.length - 1;
  let energy = 0;
  let vxx = 0;
  let vxy = 0;
  let vxz = 0;
  let vyy = 0;
  let vyz = 0;
  let vzz = 0;
  for (let i = 0; i < particles; i++) {
    const xi = x[3 * i];
    const yi = x[3 * i + 1];
    const zi = x[3 * i + 2];
    const row = type[i] * types;
    const qi = charge[i];
    let fix = 0;
    let fiy = 0;
    let fiz = 0;
    const end = start[i + 1];
    for (let k = start[i]; k < end; k++) {
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
      if (r2 > cutoff2) continue;
      let f = 0;
      if (evaluate !== null) {
        evaluate(r2, parameters, (row + type[j]) * width, out);
        energy += out[0];
        f = out[1];
      }
      if (coulombPair !== null) {
        const qq = qi * charge[j];
        coulombPair(r2, out);
        energy += qq * out[0];
        f += qq * out[1];
      }
      const fx = f * dx;
      const fy = f * dy;
      const fz = f * dz;
      fix += fx;
      fiy += fy;
      fiz += fz;
      forces[3 * j] -= fx;
      forces[3 * j + 1] -= fy;
      forces[3 * j + 2] -= fz;
      vxx += dx * fx;
      vxy += dx * fy;
      vxz += dx * fz;
      vyy += dy * fy;
      vyz += dy * fz;
      vzz += dz * fz;
    }
    forces[3 * i] += fix;
    forces[3 * i + 1] += fiy;
    forces[3 * i + 2] += fiz;
  }
  virial[0] += vxx;
  virial[1] += vxy;
  virial[2] += vxz;
  virial[3] += vxy;
  virial[4] += vyy;
  virial[5] += vyz;
  virial[6] += vxz;
  virial[7] += vyz;
  virial[8] += vzz;
  return energy;
}
