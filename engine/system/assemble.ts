/** From a resolved `system` section to a System: build the structure, replicate it, and find its forces. */
import { InputError } from '../errors.ts';
import { assignForceField } from '../forcefield/assign.ts';
import { loadForceField } from '../forcefield/include.ts';
import type { ForceDescription } from '../forces/description.ts';
import type { Registry } from '../registry.ts';
import type { Schema, Settings } from '../scenario/schema.ts';
import type { BuildContext } from './builder.ts';
import { constrainBonds, constraintChoice, constraintSettings, noConstraints, repartitionMasses } from './constraints.ts';
import { nonbondedSchema, nonbondedSettings } from './nonbonded-settings.ts';
import { checkOverlaps } from './overlaps.ts';
import { repack } from './repack.ts';
import { type ForceRule, forceRulesSchema, forcesFromRules } from './rules.ts';
import { checkStructure, replicate } from './structure.ts';
import type { Assembly, System } from './system.ts';
import { checkVirtualSites, type VirtualSite } from './virtual-sites.ts';

/** The slot `system` of a stage: a builder's settings, and what every system may have beside them. */
export const systemSchema: Schema = {
  registered: { kind: 'builder', key: 'build', implied: { from: 'stage' } },
  properties: {
    replicate: {
      type: 'array',
      items: { type: 'integer', minimum: 1 },
      minItems: 3,
      maxItems: 3,
      description: 'Copies of the box along its three vectors.',
    },
    repack: {
      quantity: 'length',
      exclusiveMinimum: 0,
      description:
        'Put every molecule at a random place and orientation, particles of different molecules at least so far apart; for starts that know nothing of the configuration they come from.',
    },
    forceField: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'Force-field files (OpenMM ffxml), relative to the scenario or shipped with the package.',
    },
    forces: forceRulesSchema,
    nonbonded: nonbondedSchema,
    ...constraintSettings,
  },
  description: 'What is simulated.',
};

/**
 * Builds the system of a resolved `system` section. Throws InputError for whatever is missing: a file, a parameter, a force.
 *
 * @param settings the resolved section, with `build` naming the builder
 */
export async function buildSystem(settings: Settings, context: BuildContext, registry: Registry): Promise<System> {
  const builder = registry.get('builder', settings.build as string, `${context.where}.build`);
  let assembly = await builder.build(settings, context);
  if (settings.replicate) assembly = replicate(assembly, settings.replicate as number[], `${context.where}.replicate`);
  if (settings.repack !== undefined)
    assembly = repack(assembly, settings.repack as number, context.seed, `${context.where}.repack`);
  checkStructure(assembly.structure, context.where);
  if (assembly.dimensions === undefined) checkOverlaps(assembly, context.where);
  return addForces(assembly, settings, context, registry);
}

async function addForces(assembly: Assembly, settings: Settings, context: BuildContext, registry: Registry): Promise<System> {
  const nonbonded = nonbondedSettings(settings.nonbonded as Settings | undefined);
  const { positions, velocities, box } = assembly;
  if (nonbonded.dispersionCorrection && (!box.vectors || !Number.isFinite(nonbonded.cutoff)))
    throw new InputError(
      `${context.where}.nonbonded.lennardJones.dispersionCorrection`,
      'needs a periodic box and a cut-off, beyond which particles are evenly spread; leave it out, or set it to false',
    );
  let { structure } = assembly;
  const forces: ForceDescription[] = [];
  const virtualSites: VirtualSite[] = [...(assembly.virtualSites ?? [])];
  if (settings.forceField) {
    const names = settings.forceField as string[];
    const texts = await loadForceField(names, (name) => context.readText(name));
    const assigned = assignForceField(texts, structure, box, nonbonded, `${context.where}.forceField`);
    structure = assigned.structure;
    forces.push(...assigned.forces);
    virtualSites.push(...(assigned.virtualSites ?? []));
  }
  if (settings.forces)
    forces.push(...forcesFromRules(settings.forces as ForceRule[], structure, nonbonded, registry, `${context.where}.forces`));
  if (assembly.forces) forces.push(...assembly.forces(structure, box));
  if (forces.length === 0) {
    throw new InputError(
      context.where,
      'no forces: name a force field ("forceField": ["opls-aa-alkanes.xml"]), give rules ("forces": [...]), or build the system from a trained potential',
    );
  }
  checkVirtualSites(structure, virtualSites, context.where);
  const choice = constraintChoice(settings);
  if (settings.hydrogenMass !== undefined)
    structure = repartitionMasses(structure, settings.hydrogenMass as number, choice, `${context.where}.hydrogenMass`);
  const given = assembly.constraints ?? noConstraints;
  const rigid = constrainBonds(structure, forces, choice, given, `${context.where}.constraints`);
  const { dimensions } = assembly;
  return { structure, positions, velocities, box, ...rigid, virtualSites, ...(dimensions === undefined ? {} : { dimensions }) };
}
