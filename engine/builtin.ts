/** Registers everything that the engine itself brings. */
import { berendsen } from './dynamics/berendsen.ts';
import { langevin } from './dynamics/langevin.ts';
import { monteCarlo } from './dynamics/monte-carlo.ts';
import { noseHoover } from './dynamics/nose-hoover.ts';
import { overdampedLangevin } from './dynamics/overdamped-langevin.ts';
import { stochasticCellRescaling } from './dynamics/stochastic-cell-rescaling.ts';
import { velocityRescaling } from './dynamics/velocity-rescaling.ts';
import { velocityVerlet } from './dynamics/velocity-verlet.ts';
import { cmapTorsion } from './forces/cmap-torsion.ts';
import { cosineAngle } from './forces/cosine-angle.ts';
import { cosineSquaredAngle } from './forces/cosine-squared-angle.ts';
import { coulombCutoff } from './forces/coulomb-cutoff.ts';
import { coulombEwald } from './forces/coulomb-ewald.ts';
import { coulombPme } from './forces/coulomb-pme.ts';
import { coulombReactionField } from './forces/coulomb-reaction-field.ts';
import { expressionAngle } from './forces/expression-angle.ts';
import { expressionBond } from './forces/expression-bond.ts';
import { expressionPair } from './forces/expression-pair.ts';
import { expressionTorsion } from './forces/expression-torsion.ts';
import { feneBond } from './forces/fene-bond.ts';
import { field } from './forces/field.ts';
import { doubleWell } from './forces/fields/double-well.ts';
import { expressionField } from './forces/fields/expression-field.ts';
import { muellerBrown } from './forces/fields/mueller-brown.ts';
import { prinz } from './forces/fields/prinz.ts';
import { tripleWell } from './forces/fields/triple-well.ts';
import { harmonicAngle } from './forces/harmonic-angle.ts';
import { harmonicBond } from './forces/harmonic-bond.ts';
import { harmonicTorsion } from './forces/harmonic-torsion.ts';
import { lennardJones } from './forces/lennard-jones.ts';
import { periodicTorsion } from './forces/periodic-torsion.ts';
import { rbTorsion } from './forces/rb-torsion.ts';
import { tabulatedPair } from './forces/tabulated-pair.ts';
import { wca } from './forces/wca.ts';
import { referencePlatform } from './platforms/reference/reference.ts';
import { wasmPlatform } from './platforms/wasm/wasm.ts';
import type { Registry } from './registry.ts';
import { simulateStage } from './stages/simulate.ts';
import { registerBuilders } from './system/builders/register.ts';
import { biasForce } from './variables/bias-force.ts';

/** Adds the engine's terms, dynamics, builders, platforms and stages to a registry. */
export function registerEngine(registry: Registry): void {
  for (const term of [
    harmonicBond,
    feneBond,
    harmonicAngle,
    cosineAngle,
    cosineSquaredAngle,
    periodicTorsion,
    harmonicTorsion,
    rbTorsion,
  ]) {
    registry.add('bonded', term);
  }
  for (const term of [expressionBond, expressionAngle, expressionTorsion]) registry.add('bonded', term);
  for (const kind of [cmapTorsion, field, biasForce]) registry.add('force', kind);
  for (const term of [muellerBrown, tripleWell, doubleWell, prinz, expressionField]) registry.add('field', term);
  for (const term of [lennardJones, wca, tabulatedPair, expressionPair]) registry.add('pair', term);
  for (const method of [coulombCutoff, coulombReactionField, coulombEwald, coulombPme]) registry.add('coulomb', method);
  for (const integrator of [velocityVerlet, langevin, overdampedLangevin]) registry.add('integrator', integrator);
  for (const thermostat of [noseHoover, velocityRescaling, berendsen]) registry.add('thermostat', thermostat);
  for (const barostat of [monteCarlo, stochasticCellRescaling]) registry.add('barostat', barostat);
  for (const platform of [referencePlatform, wasmPlatform]) registry.add('platform', platform);
  registerBuilders(registry);
  registry.add('stage', simulateStage);
}
