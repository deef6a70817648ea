/** `<PeriodicTorsionForce ordering> <Proper|Improper class1..4 periodicity1 phase1 k1 .../>`: sum of k (1 + cos(n phi - phase)). */
import { InputError } from '../../errors.ts';
import { numberAttribute, type XmlElement } from '../xml.ts';
import { torsionTag } from './torsions.ts';

/** Terms that one rule may have. */
const most = 6;
const numbers = Array.from({ length: most }, (_, k) => k + 1);

export const periodicTorsionTag = torsionTag({
  tag: 'PeriodicTorsionForce',
  term: 'periodic-torsion',
  orderings: ['default', 'charmm', 'amber', 'smirnoff'],
  allowed: numbers.flatMap((k) => [`periodicity${k}`, `phase${k}`, `k${k}`]),
  terms(element: XmlElement) {
    const terms: number[][] = [];
    for (const n of numbers) {
      const names = [`periodicity${n}`, `phase${n}`, `k${n}`];
      if (names.every((name) => !element.attributes.has(name))) continue;
      if (n > 1 && !element.attributes.has(`periodicity${n - 1}`))
        throw new InputError(
          element.where,
          `<${element.tag}> has periodicity${n} but no periodicity${n - 1}; number the terms from 1 without gaps`,
        );
      const [periodicity, phase, k] = names.map((name) => numberAttribute(element, name));
      if (!Number.isInteger(periodicity))
        throw new InputError(element.where, `periodicity${n} is ${periodicity}; a whole number is expected`);
      // A term without strength says "there is none here": it counts as a match and costs nothing.
      if (k !== 0) terms.push([periodicity, phase, k]);
    }
    return terms;
  },
});
