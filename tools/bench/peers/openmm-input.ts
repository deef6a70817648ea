/** Describes a system as JSON that run_openmm.py turns into OpenMM objects. Reduced units are taken as nm, kJ/mol, Da and ps. */
import { pmeMesh } from '../../../engine/forces/pme-mesh.ts';
import { isOrthorhombic, type NonbondedForce, type Registry, type System, unitConstants } from '../../../engine/index.ts';
import { bondExtent, bondKinds, interactionsOf, pairFunction, pairParameters, pairRange, sampled } from './interactions.ts';
import { CannotRun, type PeerInput } from './peer.ts';

/** Terms that run_openmm.py knows, by the names of ours. */
const knownTerms = ['harmonic-bond', 'fene-bond', 'harmonic-angle', 'rb-torsion', 'periodic-torsion'];
const tablePoints = 1000;

export function describeForOpenmm(input: PeerInput): { description: unknown; differences: string[] } {
  const { system, dynamics, registry, temperature } = input;
  const { structure } = system;
  if (dynamics.thermostat) throw new CannotRun(`the harness writes no thermostat ${dynamics.thermostat.type} for OpenMM`);
  if (!isOrthorhombic(system.box)) throw new CannotRun('the harness writes orthorhombic boxes for OpenMM only');
  if (dynamics.integrator !== 'velocity-verlet' && dynamics.integrator !== 'langevin')
    throw new CannotRun(`the harness writes no integrator ${dynamics.integrator} for OpenMM`);
  const { bonded, nonbonded, listed, ours } = interactionsOf(system);
  const tabulated = bonded.filter(({ term }) => term === 'tabulated-bond');
  const plain = bonded.filter((force) => !tabulated.includes(force));
  for (const { term } of plain)
    if (!knownTerms.includes(term)) throw new CannotRun(`the harness has no form of ${term} for OpenMM`);
  const pairs = pairsOf(nonbonded, system, registry);
  const kelvin = structure.units === 'md' ? temperature : (temperature ?? 0) / unitConstants('md').boltzmann;
  const description = {
    masses: Array.from(structure.mass),
    charges: Array.from(structure.charge),
    periodic: system.box.vectors !== null,
    integrator: dynamics.integrator,
    timestep: dynamics.timestep,
    temperature: kelvin,
    friction: dynamics.settings.friction ?? null,
    removeCenterOfMass: dynamics.removeCenterOfMass,
    bonded: plain.map(({ term, atoms, parameters }) => ({ term, atoms: Array.from(atoms), parameters: Array.from(parameters) })),
    tabulatedBonds: bondKinds(tabulated, registry).map((kind) => {
      const { smallest, largest } = bondExtent(kind, system.positions);
      const [from, to] = [0.6 * smallest, 1.5 * largest];
      return { pairs: kind.pairs, from, to, values: Array.from(sampled((r) => kind.evaluate(r).energy, from, to, tablePoints)) };
    }),
    ...pairs.description,
    listed: listed ? { atoms: Array.from(listed.atoms), parameters: Array.from(listed.parameters) } : null,
    constraints: system.constraints
      ? { atoms: Array.from(system.constraints.atoms), parameters: Array.from(system.constraints.lengths) }
      : null,
    exclusions: Array.from(nonbonded?.exclusions ?? []),
  };
  return { description, differences: [...pairs.differences, ...ours.map((label) => `without our ${label}`)] };
}

function pairsOf(force: NonbondedForce | null, { structure, box }: System, registry: Registry) {
  const pair = force?.pair;
  if (!force || !pair) throw new CannotRun('it has no pair potential');
  const types = structure.typeNames.length;
  if (pair.term === 'tabulated-pair') {
    if (types !== 1) throw new CannotRun('the harness writes a table for one type of particle only');
    const f = pairFunction(force, types, registry, 0, 0);
    const from = 0.05 * force.cutoff;
    const table = { from, to: force.cutoff, values: Array.from(sampled((r) => f(r).energy, from, force.cutoff, tablePoints)) };
    return {
      description: { cutoff: force.cutoff, table },
      differences: [`CustomNonbondedForce with a table of ${tablePoints} points`],
    };
  }
  if (pair.term !== 'lennard-jones' && pair.term !== 'wca')
    throw new CannotRun(`the harness has no form of ${pair.term} for OpenMM`);
  if (pair.modifier === 'force-shift' || pair.modifier === 'force-switch')
    throw new CannotRun(`OpenMM's fast kernel has no ${pair.modifier}`);
  const method = force.coulomb?.method ?? 'reaction-field';
  if (!['reaction-field', 'pme', 'cutoff'].includes(method) || (method === 'cutoff' && Number.isFinite(force.cutoff)))
    throw new CannotRun(`the harness writes no Coulomb interaction by ${method} for OpenMM`);
  const mesh = force.coulomb && method === 'pme' ? pmeMesh(force.coulomb, force.cutoff, box) : null;
  const differences = [Number.isFinite(force.cutoff) ? 'same cut-off' : 'no cut-off'];
  if (mesh) differences.push('same splitting and mesh, splines of order 5');
  if (pair.term === 'wca' || pair.modifier === 'shift')
    differences.push('energies without the shift at the cut-off; forces are the same');
  if (!mixesByArithmeticMean())
    differences.push('it mixes sigma by the arithmetic mean: its fast kernel has no other rule, so energies differ');
  const own = Array.from(structure.type, (t) => pairParameters(pair, types, t, t));
  const description = {
    cutoff: Number.isFinite(force.cutoff) ? pairRange(force, pair, types, 0, 0) : null,
    mesh: mesh ? { splitting: mesh.splitting, grid: mesh.grid } : null,
    dispersionCorrection: pair.dispersionCorrection === true,
    switchDistance: pair.modifier === 'switch' ? (pair.switchDistance ?? 0.9 * force.cutoff) : null,
    dielectric: Number.isFinite(force.coulomb?.dielectric) ? force.coulomb?.dielectric : 1e12,
    coulomb: force.coulomb !== null,
    sigma: own.map(([sigma]) => sigma),
    epsilon: own.map(([, epsilon]) => epsilon),
  };
  return { description, differences };

  function mixesByArithmeticMean(): boolean {
    const of = (i: number, j: number) => pairParameters(pair as NonNullable<typeof pair>, types, i, j);
    for (let i = 0; i < types; i++)
      for (let j = 0; j < i; j++) if (Math.abs(of(i, j)[0] - (of(i, i)[0] + of(j, j)[0]) / 2) > 1e-9 * of(i, j)[0]) return false;
    return true;
  }
}
