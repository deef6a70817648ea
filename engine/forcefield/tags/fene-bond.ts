/** `<FENEBondForce> <Bond class1 class2 k r0/>` (an addition to ffxml): -k r0^2/2 ln(1 - (r/r0)^2), Kremer & Grest 1990. */
import { simpleTag } from './two-and-three.ts';

export const feneBondTag = simpleTag({
  tag: 'FENEBondForce',
  covers: 'bonds',
  child: 'Bond',
  term: 'fene-bond',
  parameters: ['k', 'r0'],
});
