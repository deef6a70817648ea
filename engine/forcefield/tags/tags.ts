/** The force tags that are understood; a new one is a file in this folder and a line here. */
import type { ForceTag } from '../description.ts';
import { cmapTorsionTag } from './cmap-torsion.ts';
import { customAngleTag, customBondTag } from './custom-bonds.ts';
import { customNonbondedTag } from './custom-nonbonded.ts';
import { customTorsionTag } from './custom-torsion.ts';
import { feneBondTag } from './fene-bond.ts';
import { harmonicAngleTag } from './harmonic-angle.ts';
import { harmonicBondTag } from './harmonic-bond.ts';
import { lennardJonesTag } from './lennard-jones.ts';
import { nonbondedTag } from './nonbonded.ts';
import { periodicTorsionTag } from './periodic-torsion.ts';
import { rbTorsionTag } from './rb-torsion.ts';
import { ureyBradleyTag } from './urey-bradley.ts';

/** In the order in which their forces are listed. */
export const forceTags: ReadonlyMap<string, ForceTag> = new Map(
  [
    harmonicBondTag,
    feneBondTag,
    customBondTag,
    harmonicAngleTag,
    ureyBradleyTag,
    customAngleTag,
    periodicTorsionTag,
    rbTorsionTag,
    customTorsionTag,
    cmapTorsionTag,
    nonbondedTag,
    lennardJonesTag,
    customNonbondedTag,
  ].map((tag) => [tag.tag, tag]),
);
