/** From force descriptions to kernels: looks each one up in the registry, checks it, and hands it to the loop of its kind. */
import { InputError } from '../../errors.ts';
import type { ForceDescription } from '../../forces/description.ts';
import type { ForceKernel, KernelContext } from '../../forces/terms.ts';
import type { Registry } from '../../registry.ts';
import { compileBonded } from './bonded.ts';
import { compileListedPairs } from './listed-pairs.ts';
import { compileNonbonded } from './nonbonded.ts';

export function compileForce(force: ForceDescription, context: KernelContext, registry: Registry): ForceKernel[] {
  switch (force.kind) {
    case 'bonded': {
      const term = registry.get('bonded', force.term, 'system.forces');
      const arity = { distance: 2, angle: 3, cosine: 3, dihedral: 4 }[term.coordinate];
      checkAtoms(force.atoms, arity, term.name, context);
      const tuples = force.atoms.length / arity;
      const expected = tuples * (force.expression ? force.expression.names.length : term.parameters.length);
      if (force.parameters.length !== expected) {
        throw new InputError(
          'system.forces',
          `${term.name} has ${force.parameters.length} parameters for ${tuples} tuples; ${expected} are needed`,
        );
      }
      return [compileBonded(force, term, context.system.structure)];
    }
    case 'pair-list':
      checkAtoms(force.atoms, 2, force.label ?? 'pairs-1-4', context);
      return [compileListedPairs(force, context.system.structure)];
    case 'nonbonded':
      return compileNonbonded(force, context, registry);
    case 'custom':
      return [registry.get('force', force.term, 'system.forces').compile(force, context)];
  }
}

export function checkAtoms(atoms: Int32Array, arity: number, label: string, context: KernelContext): void {
  const particles = context.system.structure.mass.length;
  if (atoms.length % arity !== 0)
    throw new InputError('system.forces', `${label} lists ${atoms.length} atoms, not a multiple of ${arity}`);
  for (const i of atoms) {
    if (!(i >= 0 && i < particles))
      throw new InputError('system.forces', `${label} names particle ${i}; there are ${particles}, counted from 0`);
  }
}
