/** The forces of a system on this platform: sets with kernels in wasm, and kernels in JavaScript for everything else. */
import { InputError } from '../../errors.ts';
import { ewaldSplitting, excludedPairsLabel } from '../../forces/coulomb-ewald.ts';
import type { CoulombDescription, NonbondedForce } from '../../forces/description.ts';
import { dispersionCorrection, hasDispersionCorrection } from '../../forces/dispersion-correction.ts';
import { pmeMesh } from '../../forces/pme-mesh.ts';
import type { ForceKernel, KernelContext, PairList, SystemMemory } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { type Box, isOrthorhombic, smallestWidth } from '../../system/box.ts';
import type { System, SystemDescription } from '../../system/system.ts';
import type { Threads } from '../../threads/threads.ts';
import { checkAtoms, compileForce } from '../reference/compile.ts';
import { BufferedPairList } from '../reference/pair-list.ts';
import { createBondedSet, createExcludedCharges, createListedPairs, hasBondedKernel } from './bonded-sets.ts';
import { createMesh } from './mesh.ts';
import type { Kernel } from './module.ts';
import { charges, createPairSet, hasPairKernel, type ListSettings } from './pair-sets.ts';
import type { Team } from './team.ts';

/** One line of the energy table, in the order of the system's forces. */
export type Term =
  | { readonly kind: 'pairs'; readonly label: string; readonly set: number }
  | {
      readonly kind: 'bonded';
      readonly label: string;
      readonly set: number;
      readonly order: Int32Array;
      readonly atoms: Int32Array;
      readonly arity: number;
    }
  | { readonly kind: 'mesh'; readonly label: string; readonly mesh: number }
  | { readonly kind: 'javascript'; readonly label: string; readonly kernel: ForceKernel }
  /** Depends on the box alone and exerts no forces: due only with energies. */
  | { readonly kind: 'tail'; readonly label: string; readonly kernel: ForceKernel };

/** The buffer of lists that kernels in JavaScript ask for, as a part of the cut-off. */
const bufferFraction = 0.14;

export class Forces implements KernelContext {
  readonly system: SystemDescription;
  readonly terms: Term[] = [];
  /** Lists of kernels in JavaScript. */
  readonly lists: BufferedPairList[] = [];
  readonly threads: Threads;
  readonly memory: SystemMemory;
  private readonly kernel: Kernel;
  private readonly box: Box;
  private readonly settings: ListSettings;
  private readonly ranges: Int32Array;

  /** @param ranges of particles, as in parts.ts */
  constructor(team: Team, ranges: Int32Array, system: SystemDescription, box: Box, registry: Registry, settings: ListSettings) {
    const { kernel } = team;
    this.kernel = kernel;
    this.threads = team.workers;
    this.memory = {
      memory: kernel.memory,
      allocate: (bytes) => team.guard(() => kernel.allocate(bytes)),
      positions: kernel.positions.value as number,
      forces: kernel.forces.value as number,
    };
    this.ranges = ranges;
    this.system = system;
    this.box = box;
    this.settings = settings;
    for (const force of system.forces) this.add(force, registry);
    const { pairs, bonded } = this;
    team.all('useForces', kernel.createForces(pairs.length, bonded.length));
    for (const { set } of pairs) kernel.addPairSet(set);
    for (const { set } of bonded) kernel.addBondedSet(set);
  }

  get pairs(): Extract<Term, { kind: 'pairs' }>[] {
    return this.terms.filter((term) => term.kind === 'pairs');
  }

  get bonded(): Extract<Term, { kind: 'bonded' }>[] {
    return this.terms.filter((term) => term.kind === 'bonded');
  }

  get javascript(): Extract<Term, { kind: 'javascript' }>[] {
    return this.terms.filter((term) => term.kind === 'javascript');
  }

  pairList(cutoff: number, exclusions: Int32Array = new Int32Array(0), wish = bufferFraction * cutoff): PairList {
    checkCutoff(cutoff, this.box);
    // In a sheared box the image found coordinate by coordinate is the nearest only within half the width: the list ends there.
    const room = isOrthorhombic(this.box) ? Number.POSITIVE_INFINITY : 0.5 * smallestWidth(this.box) - cutoff;
    const buffer = cutoff === Number.POSITIVE_INFINITY ? 0 : Math.min(wish, room);
    const list = new BufferedPairList(this.system.structure.mass.length, cutoff, buffer, exclusions);
    this.lists.push(list);
    return list;
  }

  private add(force: System['forces'][number], registry: Registry): void {
    const { kernel, terms, ranges } = this;
    const { structure } = this.system;
    if (force.kind === 'bonded' && hasBondedKernel(force)) {
      const { coordinate, name } = registry.get('bonded', force.term, 'system.forces');
      const arity = { distance: 2, angle: 3, cosine: 3, dihedral: 4 }[coordinate];
      // The reference platform's compiler holds all checks of descriptions; its kernels are not used.
      compileForce(force, this, registry);
      terms.push({
        kind: 'bonded',
        label: force.label ?? name,
        ...createBondedSet(kernel, force, ranges),
        atoms: force.atoms,
        arity,
      });
    } else if (force.kind === 'pair-list') {
      checkAtoms(force.atoms, 2, force.label ?? 'pairs-1-4', this);
      terms.push({
        kind: 'bonded',
        label: force.label ?? 'pairs-1-4',
        ...createListedPairs(kernel, force, structure, ranges),
        atoms: force.atoms,
        arity: 2,
      });
    } else if (force.kind === 'nonbonded' && hasPairKernel(force, structure)) {
      this.addNonbonded(force, registry);
    } else {
      for (const compiled of compileForce(force, this, registry))
        terms.push({ kind: 'javascript', label: compiled.label, kernel: compiled });
    }
  }

  private addNonbonded(force: NonbondedForce, registry: Registry): void {
    checkCutoff(force.cutoff, this.box);
    if (force.pair) registry.get('pair', force.pair.term, 'system.forces');
    const set = createPairSet(this.kernel, force, this.system, this.settings);
    this.terms.push({ kind: 'pairs', label: force.label ?? 'nonbonded', set });
    if (force.coulomb && charges(force, this.system.structure)) this.addLongRange(force, force.coulomb, registry);
    if (hasDispersionCorrection(force, this.box.vectors !== null)) {
      const kernel = dispersionCorrection(force, this.system.structure);
      this.terms.push({ kind: 'tail', label: kernel.label, kernel });
    }
  }

  /** Reciprocal space, and the pairs in it that are excluded. */
  private addLongRange(force: NonbondedForce, coulomb: CoulombDescription, registry: Registry): void {
    const { kernel, terms, ranges } = this;
    const { structure } = this.system;
    const method = registry.get('coulomb', coulomb.method, 'system.nonbonded.coulomb');
    if (!method.longRange) return;
    if (method.name === 'pme') {
      const mesh = createMesh(kernel, pmeMesh(coulomb, force.cutoff, this.box), structure);
      terms.push({ kind: 'mesh', label: 'pme-reciprocal', mesh });
    } else {
      for (const compiled of method.longRange(coulomb, force.cutoff, force.exclusions, this))
        if (compiled.label !== excludedPairsLabel) terms.push({ kind: 'javascript', label: compiled.label, kernel: compiled });
    }
    const placed = createExcludedCharges(kernel, force.exclusions, ewaldSplitting(coulomb, force.cutoff), structure, ranges);
    terms.push({ kind: 'bonded', label: excludedPairsLabel, ...placed, atoms: force.exclusions, arity: 2 });
  }
}

function checkCutoff(cutoff: number, box: Box): void {
  const width = smallestWidth(box);
  if (cutoff <= 0.5 * width) return;
  throw new InputError(
    'system.nonbonded.cutoff',
    `the cut-off ${cutoff} is more than half the smallest width of the box, ${width.toPrecision(6)}: a particle would meet two images of ` +
      'another one. Use a larger box or a smaller cut-off.',
  );
}
