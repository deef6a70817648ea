/** All benchmarks, by name. */
import { InputError, nearest } from '../../engine/index.ts';
import type { BenchCase } from './case.ts';
import { alanineLearned, alanineVacuum, alanineWater } from './cases/alanine.ts';
import { beadsGraph, beadsSpline } from './cases/beads.ts';
import { ethane, ethane4096 } from './cases/ethane.ts';
import { kremerGrest } from './cases/kremer-grest.ts';
import { ljLarge } from './cases/lj-large.ts';
import { ljMelt } from './cases/lj-melt.ts';
import { polyethylene } from './cases/polyethylene.ts';
import { ring } from './cases/ring.ts';
import { water } from './cases/water.ts';

export const cases: readonly BenchCase[] = [
  ljMelt,
  ljLarge,
  kremerGrest,
  ethane,
  ring,
  ethane4096,
  beadsSpline,
  beadsGraph,
  water,
  alanineVacuum,
  alanineLearned,
  alanineWater,
  polyethylene,
];

/** @throws InputError with the nearest name */
export function findCase(name: string): BenchCase {
  const found = cases.find((each) => each.name === name);
  if (found) return found;
  const names = cases.map((each) => each.name);
  const near = nearest(name, names);
  throw new InputError(
    '',
    `there is no benchmark "${name}"${near ? `; did you mean "${near}"?` : ''} Benchmarks: ${names.join(', ')}`,
  );
}
