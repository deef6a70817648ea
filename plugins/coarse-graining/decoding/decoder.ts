/** From the sites of a molecule back to its atoms: what decoders have in common, and the linear one of the autoencoder. */
import type { Mapping } from '../mapping.ts';

export interface Decoder {
  /**
   * Places the atoms of one molecule.
   * @param sites 3 x sites, the molecule whole, anywhere and turned in any way
   * @param atoms 3 x atoms, written
   */
  decode(sites: Float64Array, atoms: Float64Array): void;
}

/**
 * The decoder that the mapping was trained with: x = D z about the molecule's centroid, D over the indices of atoms and sites alone.
 *
 * Because D does the same to x, y and z it turns with the molecule, without any alignment. For the same reason an atom can only be a linear
 * combination of the sites' vectors: with two sites on their line, with three in their plane; a mirror image of the sites gives the mirror image of the
 * atoms, so it cannot know on which side of three sites an atom is; and atoms that turn about a site's axis end on the axis.
 */
export function linearDecoder({ decoder, occupancy, atomsPerMolecule }: Mapping): Decoder {
  return {
    decode(sites, atoms) {
      for (let k = 0; k < 3; k++) {
        let centroid = 0;
        occupancy.forEach((count, s) => {
          centroid += (count * sites[3 * s + k]) / atomsPerMolecule;
        });
        decoder.forEach((row, i) => {
          let x = centroid;
          row.forEach((weight, s) => {
            x += weight * (sites[3 * s + k] - centroid);
          });
          atoms[3 * i + k] = x;
        });
      }
    },
  };
}
