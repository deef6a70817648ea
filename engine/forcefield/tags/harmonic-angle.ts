/** `<HarmonicAngleForce> <Angle class1 class2 class3 angle k/>`: k/2 (theta - angle)^2, radians. */
import { simpleTag } from './two-and-three.ts';

export const harmonicAngleTag = simpleTag({
  tag: 'HarmonicAngleForce',
  covers: 'angles',
  child: 'Angle',
  term: 'harmonic-angle',
  parameters: ['angle', 'k'],
});
