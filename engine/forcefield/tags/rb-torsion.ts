/** `<RBTorsionForce ordering> <Proper|Improper class1..4 c0..c5/>`: sum of c_n cos^n(psi), psi = phi - 180 degrees (Ryckaert & Bellemans 1975). */
import { numberAttribute } from '../xml.ts';
import { torsionTag } from './torsions.ts';

const names = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];

export const rbTorsionTag = torsionTag({
  tag: 'RBTorsionForce',
  term: 'rb-torsion',
  orderings: ['charmm', 'default', 'amber'],
  allowed: names,
  terms: (element) => [names.map((name) => numberAttribute(element, name))],
});
