/** Forces, energies and virial of all terms at the present positions, computed when somebody asks for them. */
import type { Box } from '../../system/box.ts';
import * as layout from './assembly/layout.ts';
import { Failures } from './failures.ts';
import type { Forces } from './forces.ts';
import { doublesAt } from './memory.ts';
import { Scripted } from './scripted.ts';
import type { WasmState } from './state.ts';
import type { Team } from './team.ts';

export class Evaluation {
  /** Energies by term, in the order of the system's forces, at the positions they were last computed for. */
  readonly energies: Float64Array;
  readonly scripted: Scripted;
  readonly failures: Failures;
  private readonly team: Team;
  private readonly state: WasmState;
  private readonly box: Box;
  private readonly forces: Forces;
  /** The virtual sites in the kernels, or 0. */
  private readonly sites: number;
  /** Of terms that depend on the box alone. */
  private readonly tailVirial = new Float64Array(9);
  private forcesCurrent = false;
  private energiesCurrent = false;

  constructor(team: Team, state: WasmState, box: Box, forces: Forces, sites: number) {
    this.team = team;
    this.state = state;
    this.box = box;
    this.forces = forces;
    this.sites = sites;
    this.energies = new Float64Array(forces.terms.length);
    this.failures = new Failures(team.kernel, state, forces);
    this.scripted = new Scripted(team.kernel, forces, state, box, this.energies, this.failures);
  }

  /** Says that positions have changed, or the box. */
  outdate(): void {
    this.forcesCurrent = false;
    this.energiesCurrent = false;
  }

  /** Says that steps have been made, which leave forces for their last positions, but no energies. */
  outdateEnergies(): void {
    this.energiesCurrent = false;
  }

  /** Computes the forces, and with `energies` the rest. */
  update(energies = false): void {
    if (this.sites !== 0) this.team.all('placeSites');
    this.compute(energies, true);
  }

  /** The same with energies, where a checkpoint has just been read: the lists are those of the run that wrote it, and count no evaluation. */
  repeat(): void {
    this.compute(true, false);
  }

  ensureForces(): void {
    if (!this.forcesCurrent) this.update(true);
  }

  /** Energies and virial; forces that have been computed stay as they are. */
  ensureEnergies(): void {
    this.ensureForces();
    if (this.energiesCurrent) return;
    const { state, team } = this;
    const kept = this.scripted.count > 0 ? state.forces.slice() : null;
    this.failures.check(team.all('computeForces', true, false));
    if (kept) state.forces.set(kept);
    else this.spreadSites();
    this.energiesCurrent = true;
    this.collectEnergies();
  }

  /** After a change of the box, which lists do not survive. */
  buildLists(): void {
    const { team, forces, sites } = this;
    if (sites !== 0) team.all('placeSites');
    for (const { set } of forces.pairs) team.all('buildLists', set);
    this.scripted.buildLists();
    this.outdate();
  }

  /** Of all conservative forces, at the positions of the last energies; row-major, 9. */
  virial(): Float64Array {
    const { sites, scripted, tailVirial } = this;
    const { kernel } = this.team;
    const read = (at: number) => doublesAt(kernel, at, layout.virialBytes / 8);
    const ofSites = sites !== 0 ? read(kernel.siteVirial(sites)) : null;
    const [xx, yy, zz, xy, xz, yz] = read(kernel.virial.value).map((w, k) => w + (ofSites?.[k] ?? 0));
    return Float64Array.of(xx, xy, xz, xy, yy, yz, xz, yz, zz).map((w, k) => w + scripted.virial[k] + tailVirial[k]);
  }

  /** @param counts whether the lists count this as an evaluation */
  private compute(energies: boolean, counts: boolean): void {
    const { team, scripted } = this;
    this.failures.check(team.all('computeForces', energies, counts));
    if (scripted.count > 0) scripted.compute();
    this.spreadSites();
    this.forcesCurrent = true;
    this.energiesCurrent = energies;
    if (energies) this.collectEnergies();
  }

  /** Once all forces are there. */
  private spreadSites(): void {
    if (this.sites !== 0) this.team.all('spreadSites', true);
  }

  private collectEnergies(): void {
    const { energies, state, box, tailVirial } = this;
    const { kernel } = this.team;
    let potential = 0;
    tailVirial.fill(0);
    this.forces.terms.forEach((term, k) => {
      if (term.kind === 'pairs') energies[k] = kernel.setEnergy(term.set);
      else if (term.kind === 'bonded') energies[k] = kernel.bondedEnergy(term.set);
      else if (term.kind === 'mesh') energies[k] = kernel.pmeEnergy(term.mesh);
      else if (term.kind === 'tail') energies[k] = term.kernel.compute(state.positions, box, state.forces, tailVirial);
      potential += energies[k];
    });
    state.potentialEnergy = potential;
    if (!Number.isFinite(potential)) this.failures.notFinite();
  }
}
