/** The loss of a hard assignment with its optimal decoder from the moments of its sites, kept up to date while atoms move. */
import type { AutoencoderProblem } from './autoencoder.ts';
import type { Covariances } from './covariance.ts';
import { factorise, multiply, solveRows, trace } from './matrix.ts';

/** Keeps the moments of the sites invertible where atoms move as one; relative to the variance of an atom, far below what a map is chosen for. */
const relativeRidge = 1e-9;

/**
 * With S the 0/1 matrix of atoms and sites, C and Cf the covariances,
 *
 *     loss = tr C - tr(K^-1 Q) + forceWeight tr(S^T Cf S),   K = S^T C S,   Q = S^T C^2 S
 *
 * (with masses the diagonal elements of S^T Cf S are divided by those of the sites),
 * over all filled sites but one (positions are relative to the centroid, so the sums of the sites add up to zero). A move changes two rows
 * and columns of K and Q, so a trial costs sites^3 and not atoms^2.
 */
export class SiteMoments {
  readonly assignment: number[];
  readonly counts: Int32Array;
  /** Whether no site may lose its last atom; for those who move atoms. */
  keepFilled = false;
  /** The atoms of the unit of each first atom; the others have none, and are never named when atoms move. */
  readonly unit: readonly (readonly number[])[];
  readonly problem: AutoencoderProblem;
  private readonly squared: Float64Array;
  private readonly forceWeight: number;
  private readonly ridge: number;
  private readonly k: Float64Array;
  private readonly q: Float64Array;
  /** Mean squares of the sites' forces, and what divides them. */
  private readonly squares: Float64Array;
  private readonly masses: Float64Array;
  /** Sums of the covariances of an atom with the atoms of each site. */
  private readonly toSites: Float64Array;
  private readonly factor: Float64Array;
  private readonly solved: Float64Array;

  constructor(problem: AutoencoderProblem, start: readonly number[], forceWeight: number) {
    const { atoms, sites, positions } = problem;
    this.problem = problem;
    this.assignment = [...start];
    this.counts = new Int32Array(sites);
    const units = problem.units ?? this.assignment.map((_, i) => i);
    this.unit = units.map((_, i) => [...units.keys()].filter((j) => units[j] === i));
    this.squared = multiply(positions, positions, atoms, atoms, atoms, new Float64Array(atoms * atoms));
    this.forceWeight = problem.forces ? forceWeight : 0;
    this.ridge = relativeRidge / atoms; // the trace of positions is 1
    this.k = new Float64Array(sites * sites);
    this.q = new Float64Array(sites * sites);
    this.squares = new Float64Array(sites);
    this.masses = new Float64Array(sites);
    this.toSites = new Float64Array(sites);
    this.factor = new Float64Array(sites * sites);
    this.solved = new Float64Array(sites * sites);
    this.renew();
  }

  /** Puts every atom where `assignment` says. */
  assign(assignment: readonly number[]): void {
    assignment.forEach((site, atom) => {
      this.assignment[atom] = site;
    });
    this.renew();
  }

  /** Computes all moments anew: rounding does not add up over many moves. */
  renew(): void {
    const { atoms, sites, positions, forces, masses } = this.problem;
    this.k.fill(0);
    this.q.fill(0);
    this.counts.fill(0);
    this.squares.fill(0);
    this.masses.fill(0);
    for (let i = 0; i < atoms; i++) {
      this.counts[this.assignment[i]]++;
      if (masses) this.masses[this.assignment[i]] += masses[i];
      for (let j = 0; j < atoms; j++) {
        const at = this.assignment[i] * sites + this.assignment[j];
        this.k[at] += positions[i * atoms + j];
        this.q[at] += this.squared[i * atoms + j];
        if (forces && this.assignment[i] === this.assignment[j]) this.squares[this.assignment[i]] += forces[i * atoms + j];
      }
    }
  }

  /** First atoms of the units, in all or in some sites. */
  movable(sites?: readonly number[]): number[] {
    const { assignment, unit } = this;
    return [...unit.keys()].filter((i) => unit[i].length > 0 && (!sites || sites.includes(assignment[i])));
  }

  /** Moves an atom that is the first of its unit, and the rest of the unit with it. */
  move(atom: number, to: number): void {
    for (const member of this.unit[atom]) this.moveOne(member, to);
  }

  private moveOne(atom: number, to: number): void {
    const { positions, forces, masses } = this.problem;
    const from = this.assignment[atom];
    if (from === to) return;
    this.shift(this.k, positions, atom, from, to);
    this.shift(this.q, this.squared, atom, from, to);
    if (forces && this.forceWeight > 0) {
      const row = this.sums(forces, atom);
      const own = forces[atom * this.problem.atoms + atom];
      this.squares[from] += own - 2 * row[from];
      this.squares[to] += own + 2 * row[to];
    }
    if (masses) {
      this.masses[from] -= masses[atom];
      this.masses[to] += masses[atom];
    }
    this.assignment[atom] = to;
    this.counts[from]--;
    this.counts[to]++;
  }

  /** S^T X S after the atom's row of S has changed by (e_to - e_from). */
  private shift(moments: Float64Array, x: Float64Array, atom: number, from: number, to: number): void {
    const { atoms, sites } = this.problem;
    const row = this.sums(x, atom);
    const own = x[atom * atoms + atom];
    for (let site = 0; site < sites; site++) {
      moments[from * sites + site] -= row[site];
      moments[site * sites + from] -= row[site];
      moments[to * sites + site] += row[site];
      moments[site * sites + to] += row[site];
    }
    moments[from * sites + from] += own;
    moments[to * sites + to] += own;
    moments[from * sites + to] -= own;
    moments[to * sites + from] -= own;
  }

  private sums(x: Float64Array, atom: number): Float64Array {
    const { atoms } = this.problem;
    this.toSites.fill(0);
    for (let j = 0; j < atoms; j++) this.toSites[this.assignment[j]] += x[atom * atoms + j];
    return this.toSites;
  }

  private forceTerm(): number {
    const { sites, masses } = this.problem;
    let sum = 0;
    for (let site = 0; site < sites; site++)
      if (this.counts[site] > 0) sum += this.squares[site] / (masses ? this.masses[site] : 1);
    return sum;
  }

  /** The loss as a fraction of the atoms' variance; infinite where no decoder can be solved for. */
  loss(): number {
    const { sites } = this.problem;
    const filled: number[] = [];
    for (let site = 0; site < sites; site++) if (this.counts[site] > 0) filled.push(site);
    filled.pop();
    const n = filled.length;
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) {
        const at = filled[a] * sites + filled[b];
        this.factor[a * n + b] = this.k[at];
        this.solved[a * n + b] = this.q[at];
      }
    // of the sums of a site's atoms: the ridge of their mean, times the square of their number
    for (let a = 0; a < n; a++) this.factor[a * n + a] += this.ridge * this.counts[filled[a]] ** 2;
    factorise(this.factor, n);
    solveRows(this.factor, this.solved, n, n);
    let explained = 0;
    for (let a = 0; a < n; a++) explained += this.solved[a * n + a];
    const loss = 1 - explained + (this.forceWeight > 0 ? this.forceWeight * this.forceTerm() : 0);
    return Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
  }
}

/** The fraction of the atoms' variance that an assignment leaves unexplained, with its optimal decoder. */
export function reconstructionFraction(data: Covariances, assignment: readonly number[], sites: number): number {
  const { atoms, masses } = data;
  const total = trace(data.positions, atoms);
  const problem = { atoms, sites, positions: data.positions.map((x) => x / total), forces: null, masses };
  return new SiteMoments(problem, assignment, 0).loss();
}
