/**
 * Points on bonds as further nodes of the graph: what lets distances alone say how molecules are turned.
 *
 * A site is round, the group of atoms that it stands for is not: the mean force between two molecules depends on how their bonds lie, and a
 * sum over distances of sites sees of this only what two ends of a bond can tell. Points at fixed fractions of a bond (0.5 its middle,
 * -0.4 and 1.4 beyond its ends) interact like sites and hand their forces to the two sites of the bond, as virtual sites do (Berendsen et al.,
 * J. Phys. Chem. 91, 6269, 1987; for coarse-grained ones Jin, Han & Voth, J. Chem. Theory Comput. 14, 6159, 2018).
 */
import { type Box, minimumImage, SimulationError, type Structure } from '../../../engine/index.ts';
import type { GraphKernel } from './kernel.ts';

/** Points of a structure; the nodes of the graph are its sites, then these. */
export interface BondPoints {
  /** Two sites a point, flat: it lies at (1 - fraction) x_first + fraction x_second. */
  readonly parents: Int32Array;
  readonly fractions: Float64Array;
  /** Name of the kind of each point: the types of its bond and its place, alike for mirrored places where the ends are alike. */
  readonly kinds: readonly string[];
}

export const noPoints: BondPoints = { parents: new Int32Array(0), fractions: new Float64Array(0), kinds: [] };

/** Points at `fractions` of every bond, and at their mirror images 1 - fraction. */
export function pointsOnBonds(structure: Structure, fractions: readonly number[]): BondPoints {
  const places = [...new Set(fractions.flatMap((u) => [u, rounded(1 - u)]))].sort((a, b) => a - b);
  const { bonds, type, typeNames } = structure;
  const [parents, at, kinds]: [number[], number[], string[]] = [[], [], []];
  for (let b = 0; b < bonds.length; b += 2) {
    const forward = type[bonds[b]] <= type[bonds[b + 1]];
    const [i, j] = forward ? [bonds[b], bonds[b + 1]] : [bonds[b + 1], bonds[b]];
    const alike = type[i] === type[j];
    for (const u of places) {
      parents.push(i, j);
      at.push(u);
      kinds.push(`${typeNames[type[i]]}|${typeNames[type[j]]}@${alike ? Math.min(u, rounded(1 - u)) : u}`);
    }
  }
  return { parents: Int32Array.from(parents), fractions: Float64Array.from(at), kinds };
}

/** Keeps 1 - 0.4 and 0.6 the same place. */
function rounded(u: number): number {
  return Number(u.toPrecision(12));
}

/** How far a point can be from the nearer end of its bond, for bonds of at most this length. */
export function farthestPoint({ fractions }: BondPoints, longestBond: number): number {
  let largest = 0;
  for (const u of fractions) largest = Math.max(largest, Math.min(Math.abs(u), Math.abs(1 - u)));
  return largest * longestBond;
}

/** Sets the positions of sites and points (the nodes) from those of the sites. */
export function placeNodes({ parents, fractions }: BondPoints, positions: Float64Array, box: Box, nodes: Float64Array): void {
  nodes.set(positions);
  const d = new Float64Array(3);
  let at = positions.length;
  for (let p = 0; p < fractions.length; p++, at += 3) {
    const [i, j] = [3 * parents[2 * p], 3 * parents[2 * p + 1]];
    for (let c = 0; c < 3; c++) d[c] = positions[j + c] - positions[i + c];
    minimumImage(box, d);
    for (let c = 0; c < 3; c++) nodes[at + c] = positions[i + c] + fractions[p] * d[c];
  }
}

/** Pairs of nodes that are no edges of the non-bonded graph: those of which some site or parent is the other's, or bonded to it. */
export class RelatedNodes {
  private readonly sites: number;
  private readonly parents: Int32Array;
  private readonly molecule: Int32Array;
  private readonly pairs = new Set<number>();

  /** @param unlisted flat pairs of sites that are not edges of the non-bonded graph */
  constructor({ molecule }: Structure, points: BondPoints, unlisted: Int32Array) {
    this.sites = molecule.length;
    this.parents = points.parents;
    this.molecule = molecule;
    for (let k = 0; k < unlisted.length; k += 2) this.pairs.add(this.key(unlisted[k], unlisted[k + 1]));
  }

  has(a: number, b: number): boolean {
    const [i, j] = [this.parent(a, 0), this.parent(b, 0)];
    if (this.molecule[i] !== this.molecule[j]) return false;
    const [k, l] = [this.parent(a, 1), this.parent(b, 1)];
    return this.related(i, j) || this.related(i, l) || this.related(k, j) || this.related(k, l);
  }

  private related(i: number, j: number): boolean {
    return i === j || this.pairs.has(this.key(i, j));
  }

  private parent(node: number, which: 0 | 1): number {
    return node < this.sites ? node : this.parents[2 * (node - this.sites) + which];
  }

  private key(i: number, j: number): number {
    return i < j ? i * this.sites + j : j * this.sites + i;
  }
}

/** All such pairs, flat, the lower number first: what a kernel that finds pairs by itself leaves out. */
export function relatedNodes(structure: Structure, points: BondPoints, unlisted: Int32Array): Int32Array {
  const sites = structure.mass.length;
  const near = new Map<number, Set<number>>();
  const nodesOf: number[][] = Array.from({ length: sites }, (_, i) => [i]);
  for (let p = 0; p < points.fractions.length; p++)
    for (const site of points.parents.subarray(2 * p, 2 * p + 2)) nodesOf[site].push(sites + p);
  const relate = (i: number, j: number): void => {
    for (const a of nodesOf[i])
      for (const b of nodesOf[j]) {
        if (a === b) continue;
        const [low, high] = a < b ? [a, b] : [b, a];
        if (!near.has(low)) near.set(low, new Set());
        near.get(low)?.add(high);
      }
  };
  for (let i = 0; i < sites; i++) relate(i, i);
  for (let k = 0; k < unlisted.length; k += 2) relate(unlisted[k], unlisted[k + 1]);
  return Int32Array.from([...near].flatMap(([low, all]) => [...all].flatMap((high) => [low, high])));
}

/** A kernel on sites made of one on nodes: everything that is linear in the positions goes through the points. */
export function kernelWithPoints(
  nodes: GraphKernel,
  structure: Structure,
  points: BondPoints,
  unlisted: Int32Array,
  longestBond: number,
): GraphKernel {
  return points.fractions.length === 0 ? nodes : new PointKernel(nodes, structure, points, unlisted, longestBond);
}

class PointKernel implements GraphKernel {
  private readonly nodes: GraphKernel;
  private readonly points: BondPoints;
  private readonly related: RelatedNodes;
  private readonly longest: number;
  /** The nodes listed with each site: itself and the points nearer to it than to the other end; flat, from `first[site]`. */
  private readonly first: Int32Array;
  private readonly listed: Int32Array;
  /** The site that each node is listed with, and the most nodes that one has. */
  private readonly home: Int32Array;
  private readonly most: number;
  private readonly positions: Float64Array;
  private readonly forces: Float64Array;
  private readonly direction: Float64Array;
  private readonly start: Int32Array;
  private neighbours = new Int32Array(0);

  constructor(nodes: GraphKernel, structure: Structure, points: BondPoints, unlisted: Int32Array, longestBond: number) {
    const sites = structure.mass.length;
    const count = sites + points.fractions.length;
    this.nodes = nodes;
    this.points = points;
    this.related = new RelatedNodes(structure, points, unlisted);
    this.longest = longestBond;
    this.positions = new Float64Array(3 * count);
    this.forces = new Float64Array(3 * count);
    this.direction = new Float64Array(3 * count);
    this.start = new Int32Array(count + 1);
    this.home = Int32Array.from({ length: count }, (_, node) => {
      const p = node - sites;
      return p < 0 ? node : points.parents[2 * p + (points.fractions[p] <= 0.5 ? 0 : 1)];
    });
    const lists: number[][] = Array.from({ length: sites }, () => []);
    this.home.forEach((site, node) => {
      lists[site].push(node);
    });
    this.most = Math.max(0, ...lists.map((list) => list.length));
    this.first = new Int32Array(sites + 1);
    lists.forEach((list, i) => {
      this.first[i + 1] = this.first[i] + list.length;
    });
    this.listed = Int32Array.from(lists.flat());
  }

  get extremes(): Float64Array {
    return this.nodes.extremes;
  }

  get findsPairs(): boolean {
    return this.nodes.findsPairs;
  }

  setNetwork(parameters: Float64Array, tables: Float64Array): void {
    this.nodes.setNetwork(parameters, tables);
  }

  /** Site pairs become pairs of the nodes listed with them. */
  setPairs(start: Int32Array, neighbours: Int32Array): void {
    if (this.nodes.findsPairs) return;
    const { first, listed, home } = this;
    const size = neighbours.length * this.most ** 2;
    if (this.neighbours.length < size) this.neighbours = new Int32Array(size);
    let count = 0;
    for (let node = 0; node < home.length; node++) {
      const site = home[node];
      for (let k = start[site]; k < start[site + 1]; k++)
        for (let b = first[neighbours[k]]; b < first[neighbours[k] + 1]; b++)
          if (!this.related.has(node, listed[b])) this.neighbours[count++] = listed[b];
      this.start[node + 1] = count;
    }
    this.nodes.setPairs(this.start, this.neighbours.subarray(0, count));
  }

  /** @throws SimulationError for a bond longer than the pair lists are made for */
  evaluate(positions: Float64Array, box: Box, forces: Float64Array, virial: Float64Array): number {
    placeNodes(this.points, positions, box, this.positions);
    this.checkBonds();
    const energy = this.nodes.evaluate(this.positions, box, this.forces.fill(0), virial);
    const { parents, fractions } = this.points;
    for (let k = 0; k < positions.length; k++) forces[k] += this.forces[k];
    let at = positions.length;
    for (let p = 0; p < fractions.length; p++, at += 3) {
      const [i, j, u] = [3 * parents[2 * p], 3 * parents[2 * p + 1], fractions[p]];
      for (let c = 0; c < 3; c++) {
        forces[i + c] += (1 - u) * this.forces[at + c];
        forces[j + c] += u * this.forces[at + c];
      }
    }
    return energy;
  }

  addGradient(direction: Float64Array, parameters: Float64Array, tables: Float64Array): void {
    const { parents, fractions } = this.points;
    this.direction.set(direction);
    let at = direction.length;
    for (let p = 0; p < fractions.length; p++, at += 3) {
      const [i, j, u] = [3 * parents[2 * p], 3 * parents[2 * p + 1], fractions[p]];
      for (let c = 0; c < 3; c++) this.direction[at + c] = (1 - u) * direction[i + c] + u * direction[j + c];
    }
    this.nodes.addGradient(this.direction, parameters, tables);
  }

  private checkBonds(): void {
    const { positions, points, longest } = this;
    const sites = this.first.length - 1;
    for (let p = 0; p < points.fractions.length; p++) {
      const [i, point, u] = [3 * points.parents[2 * p], 3 * (sites + p), points.fractions[p]];
      if (u === 0) continue;
      let r2 = 0;
      for (let c = 0; c < 3; c++) r2 += (positions[point + c] - positions[i + c]) ** 2;
      if (!(r2 <= (u * longest) ** 2))
        throw new SimulationError(
          `the bond of sites ${points.parents[2 * p]} and ${points.parents[2 * p + 1]} is ${(Math.sqrt(r2) / Math.abs(u)).toPrecision(4)} long, ` +
            `and the graph potential knows bonds up to ${longest.toPrecision(4)}. Use a shorter timestep or a softer start`,
        );
    }
  }
}
