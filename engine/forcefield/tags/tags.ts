/** The force tags that are understood; a new one is a file in this folder and a line here. */
import type { ForceTag } from '../description.ts';
import { feneBondTag } from './fene-bond.ts';
import { harmonicAngleTag } from './harmonic-angle.ts';
import { harmonicBondTag } from './harmonic-bond.ts';
import { nonbondedTag } from './nonbonded.ts';
import { periodicTorsionTag } from './periodic-torsion.ts';
import { rbTorsionTag } from './rb-torsion.ts';

/** In the order in which their forces are listed. */
export const forceTags: ReadonlyMap<string, ForceTag> = new Map(
  [harmonicBondTag, feneBondTag, harmonicAngleTag, periodicTorsionTag, rbTorsionTag, nonbondedTag].map((tag) => [tag.tag, tag]),
);
