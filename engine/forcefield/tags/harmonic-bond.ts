/** `<HarmonicBondForce> <Bond class1 class2 length k/>`: k/2 (r - length)^2. */
import { simpleTag } from './two-and-three.ts';

export const harmonicBondTag = simpleTag({
  tag: 'HarmonicBondForce',
  covers: 'bonds',
  child: 'Bond',
  term: 'harmonic-bond',
  parameters: ['length', 'k'],
});
