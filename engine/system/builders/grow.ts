/** Packs flexible molecules: each grows torsion by torsion among those that are there, then all give way until nothing overlaps. */
import { InputError } from '../../errors.ts';
import { acos, sincos } from '../../math/functions.ts';
import type { Box } from '../box.ts';
import { CellGrid } from '../cell-grid.ts';
import type { Structure } from '../system.ts';
import { type RandomSource, randomRotation } from './random.ts';
import { type HeldPairs, relaxFlexible } from './relax-flexible.ts';
import { type Flexibility, flexibilityOf } from './torsions.ts';

export interface Growable {
  /** For messages. */
  readonly name: string;
  /** One molecule. */
  readonly structure: Structure;
  /** 3N of it, whole: bond lengths and angles, and torsions up to turns by 120 degrees, are taken from here. */
  readonly positions: Float64Array;
  readonly count: number;
  /** Whether torsions turn; otherwise the molecule keeps its shape. */
  readonly flexible: boolean;
}

/** Statistical weight of a gauche state beside trans: exp(-E/kT) at 0.5 kcal/mol (Flory, Statistical Mechanics of Chain Molecules, 1969) and 300 K. */
const gauche = 0.43;
/** Torsions deviate from their three states by up to so much (rad), uniformly. */
const wobble = 0.25;
/** Torsions tried for a part, parts taken back when none is free, steps for a molecule (times its parts) before it starts elsewhere, and such starts. */
const [turnsTried, stepsBack, patience, beginnings] = [10, 6, 12, 6];
/** The part of the smallest distance that is asked for while growing: less each time when there is no way. */
const leniency = [1, 0.85, 0.7, 0];
/** How often molecules that cannot be freed of overlaps grow anew. */
const turns = 24;

/**
 * Rotational-isomeric growth with retreats where it gets stuck; what still overlaps afterwards is relaxed with bond lengths, angles and rigid
 * parts held (relax-flexible.ts).
 *
 * @param minimumDistance smallest distance of atoms of different molecules; half of it for those of one molecule more than four bonds apart
 * @returns 3N positions in the order of `kinds`, molecules whole, not wrapped
 * @throws InputError at `where` when overlaps stay
 */
export function packFlexible(
  kinds: readonly Growable[],
  box: Box,
  minimumDistance: number,
  random: RandomSource,
  where: string,
): Float64Array {
  const flexibilities = kinds.map((kind) => (kind.flexible ? flexibilityOf(kind.structure) : rigid(kind.structure)));
  const starts: number[] = [];
  const atoms = kinds.reduce((sum, kind) => {
    for (let m = 0; m < kind.count; m++) starts.push(sum + m * kind.structure.mass.length);
    return sum + kind.count * kind.structure.mass.length;
  }, 0);
  const positions = new Float64Array(3 * atoms);
  const held = heldPairs(kinds, flexibilities, starts);
  const kindOf = kinds.flatMap((kind, k) => new Array<number>(kind.count).fill(k));
  // Long molecules first: the short ones find room between them.
  let waiting = starts
    .map((_, m) => m)
    .sort((a, b) => flexibilities[kindOf[b]].parts.length - flexibilities[kindOf[a]].parts.length || a - b);
  let left: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const out = new Set(waiting);
    const grid = new CellGrid(box, minimumDistance, atoms);
    held.molecules.forEach(({ start, atoms: n }, m) => {
      for (let i = start; i < start + n && !out.has(m); i++)
        grid.add(i, positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]);
    });
    const grower = new Grower(positions, grid, box, minimumDistance, random);
    for (const m of waiting) grower.grow(kinds[kindOf[m]], flexibilities[kindOf[m]], starts[m]);
    left = relaxFlexible(positions, held, box, minimumDistance);
    if (left.length === 0) return positions;
    // Chains that cross each other stay: one of two leaves and grows elsewhere.
    waiting = [...new Set(Array.from({ length: left.length / 2 }, (_, p) => left[2 * p + (random() < 0.5 ? 0 : 1)]))];
  }
  throw new InputError(
    where,
    `${starts.length} molecules (${kinds.map((kind) => `${kind.count} ${kind.name}`).join(', ')}) cannot be packed: ${left.length / 2} pairs of atoms ` +
      `stay closer than ${minimumDistance}; use a larger box or lower density, or a smaller minimumDistance`,
  );
}

/** One part that holds all atoms. */
function rigid(structure: Structure): Flexibility {
  const n = structure.mass.length;
  const pairs: number[] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push(i, j);
  const part = { atoms: Array.from({ length: n }, (_, i) => i), parent: null, ends: null };
  return { parts: [part], fixed: Int32Array.from(pairs), near: new Uint8Array(n * n).fill(1) };
}

function heldPairs(kinds: readonly Growable[], flexibilities: readonly Flexibility[], starts: readonly number[]): HeldPairs {
  const kindOf = kinds.flatMap((kind, k) => new Array<number>(kind.count).fill(k));
  const molecules = starts.map((start, m) => {
    const { positions } = kinds[kindOf[m]];
    const { fixed, near } = flexibilities[kindOf[m]];
    return { start, atoms: positions.length / 3, fixed, near, lengths: lengthsOf(positions, fixed) };
  });
  return { molecules };
}

const lengthCache = new WeakMap<Int32Array, Float64Array>();

function lengthsOf(x: Float64Array, pairs: Int32Array): Float64Array {
  const known = lengthCache.get(pairs);
  if (known) return known;
  const lengths = new Float64Array(pairs.length / 2);
  for (let p = 0; p < lengths.length; p++) {
    const [i, j] = [pairs[2 * p], pairs[2 * p + 1]];
    lengths[p] = Math.sqrt([0, 1, 2].reduce((sum, c) => sum + (x[3 * i + c] - x[3 * j + c]) ** 2, 0));
  }
  lengthCache.set(pairs, lengths);
  return lengths;
}

/** A rigid motion from the coordinates of the input to the box: r' = rotation (r - from) + to. */
interface Motion {
  readonly rotation: Float64Array;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

class Grower {
  private readonly positions: Float64Array;
  private readonly grid: CellGrid;
  private readonly box: Box;
  private readonly minimumDistance: number;
  private readonly random: RandomSource;

  constructor(positions: Float64Array, grid: CellGrid, box: Box, minimumDistance: number, random: RandomSource) {
    this.positions = positions;
    this.grid = grid;
    this.box = box;
    this.minimumDistance = minimumDistance;
    this.random = random;
  }

  /** Places one molecule whose first atom is `first`. */
  grow(kind: Growable, { parts, near }: Flexibility, first: number): void {
    for (const share of leniency) {
      const closest = share * this.minimumDistance;
      for (let begin = 0; begin < beginnings; begin++) if (this.attempt(kind, parts, near, first, closest)) return;
    }
  }

  private attempt(kind: Growable, parts: Flexibility['parts'], near: Uint8Array, first: number, closest: number): boolean {
    const motions: Motion[] = [];
    let steps = patience * parts.length;
    while (motions.length < parts.length) {
      const p = motions.length;
      const motion = this.place(kind, parts, motions, near, first, closest);
      if (motion) {
        motions.push(motion);
        for (const i of parts[p].atoms) {
          const o = 3 * (first + i);
          this.grid.add(first + i, this.positions[o], this.positions[o + 1], this.positions[o + 2]);
        }
        continue;
      }
      const kept = --steps > 0 ? Math.max(0, p - 1 - Math.floor(this.random() * stepsBack)) : 0;
      for (let q = p - 1; q >= kept; q--) for (const i of parts[q].atoms.toReversed()) this.grid.remove(first + i);
      motions.length = kept;
      if (steps <= 0 || kept === 0) return false;
    }
    return true;
  }

  /** Tries places for part `motions.length`; leaves its atoms in `positions` where one is free. */
  private place(
    kind: Growable,
    parts: Flexibility['parts'],
    motions: readonly Motion[],
    near: Uint8Array,
    first: number,
    closest: number,
  ): Motion | null {
    const part = parts[motions.length];
    const tries = part.parent ? turnsTried : 10 * turnsTried;
    for (let t = 0; t < tries; t++) {
      const motion = part.parent
        ? this.turned(kind.positions, part.parent.bond, part.ends ?? part.parent.bond, motions[part.parent.part])
        : this.anywhere(kind.positions);
      for (const i of part.atoms) move(kind.positions, i, motion, this.positions, first + i);
      if (closest === 0 || !this.overlaps(part.atoms, kind.positions.length / 3, near, first, closest)) return motion;
    }
    return null;
  }

  private anywhere(x: Float64Array): Motion {
    const v = this.box.vectors ?? new Float64Array(9);
    const [a, b, c] = [this.random(), this.random(), this.random()];
    return {
      rotation: randomRotation(this.random),
      from: [x[0], x[1], x[2]],
      to: [a * v[0] + b * v[3] + c * v[6], b * v[4] + c * v[7], c * v[8]],
    };
  }

  /** The motion of a part that hangs on another by `bond`, turned about it into one of the three states. */
  private turned(x: Float64Array, bond: readonly [number, number], ends: readonly [number, number], parent: Motion): Motion {
    const phi = dihedral(x, ends[0], bond[0], bond[1], ends[1]);
    const states = [0, (2 * Math.PI) / 3, (-2 * Math.PI) / 3];
    const weights = states.map((turn) => {
      const angle = phi + turn - 2 * Math.PI * Math.round((phi + turn) / (2 * Math.PI));
      return Math.abs(angle) > (2 * Math.PI) / 3 ? 1 : gauche;
    });
    let pick = this.random() * (weights[0] + weights[1] + weights[2]);
    const state = weights.findIndex((weight) => {
      pick -= weight;
      return pick < 0;
    });
    const angle = states[Math.max(0, state)] + wobble * (2 * this.random() - 1);
    const from = [0, 1, 2].map((c) => x[3 * bond[0] + c]);
    const axis = [0, 1, 2].map((c) => x[3 * bond[1] + c] - from[c]);
    return { rotation: product(parent.rotation, aboutAxis(axis, angle)), from, to: moved(parent, from) };
  }

  private overlaps(atoms: readonly number[], n: number, near: Uint8Array, first: number, closest: number): boolean {
    const { positions, grid } = this;
    const limit = closest * closest;
    return atoms.some((i) => {
      const o = 3 * (first + i);
      return grid.near(positions[o], positions[o + 1], positions[o + 2], (j, r2) => {
        const own = j - first;
        return r2 < limit && !(own >= 0 && own < n && near[i * n + own] === 1);
      });
    });
  }
}

function moved({ rotation: r, from, to }: Motion, p: readonly number[]): number[] {
  const [x, y, z] = [p[0] - from[0], p[1] - from[1], p[2] - from[2]];
  return [0, 3, 6].map((row, c) => to[c] + r[row] * x + r[row + 1] * y + r[row + 2] * z);
}

function move(x: Float64Array, i: number, motion: Motion, out: Float64Array, o: number): void {
  out.set(moved(motion, [x[3 * i], x[3 * i + 1], x[3 * i + 2]]), 3 * o);
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(9);
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) out[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return out;
}

/** Rodrigues' rotation matrix. */
function aboutAxis(axis: readonly number[], angle: number): Float64Array {
  const norm = Math.sqrt(axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  const [x, y, z] = axis.map((c) => c / norm);
  const sc = new Float64Array(2);
  sincos(angle, sc);
  const [s, c] = sc;
  const t = 1 - c;
  return Float64Array.of(
    t * x * x + c,
    t * x * y - s * z,
    t * x * z + s * y,
    t * x * y + s * z,
    t * y * y + c,
    t * y * z - s * x,
    t * x * z - s * y,
    t * y * z + s * x,
    t * z * z + c,
  );
}

/** The dihedral angle i-j-k-l, trans at pi. */
function dihedral(x: Float64Array, i: number, j: number, k: number, l: number): number {
  const d = (a: number, b: number) => [0, 1, 2].map((c) => x[3 * b + c] - x[3 * a + c]);
  const [a, b, c] = [d(i, j), d(j, k), d(k, l)];
  const cross = (u: number[], v: number[]) => [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  const dot = (u: number[], v: number[]) => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  const [m, n] = [cross(a, b), cross(b, c)];
  const size = Math.sqrt(dot(m, m) * dot(n, n));
  if (!(size > 0)) return Math.PI;
  const angle = acos(Math.max(-1, Math.min(1, dot(m, n) / size)));
  return dot(a, n) < 0 ? -angle : angle;
}
