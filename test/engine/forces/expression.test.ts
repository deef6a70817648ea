import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BondedForce, PairPotential } from '../../../engine/forces/description.ts';
import { expressionAngle } from '../../../engine/forces/expression-angle.ts';
import { expressionBond } from '../../../engine/forces/expression-bond.ts';
import { expressionPair } from '../../../engine/forces/expression-pair.ts';
import { expressionTorsion } from '../../../engine/forces/expression-torsion.ts';
import { feneBond } from '../../../engine/forces/fene-bond.ts';
import { harmonicAngle } from '../../../engine/forces/harmonic-angle.ts';
import { harmonicBond } from '../../../engine/forces/harmonic-bond.ts';
import { lennardJones } from '../../../engine/forces/lennard-jones.ts';
import { periodicTorsion } from '../../../engine/forces/periodic-torsion.ts';
import type { BondedTerm } from '../../../engine/forces/terms.ts';

function bonded(term: BondedTerm, energy: string, names: readonly string[]): BondedTerm['evaluate'] {
  const force: BondedForce = {
    kind: 'bonded',
    term: term.name,
    atoms: new Int32Array(0),
    parameters: new Float64Array(0),
    expression: { energy, names },
  };
  assert.ok(term.compile);
  return (term.compile as NonNullable<BondedTerm['compile']>)(force);
}

const close = (a: number, b: number, text: string) =>
  assert.ok(Math.abs(a - b) <= 1e-13 * Math.max(1, Math.abs(b)), `${text}: ${a}, ${b}`);

test('an expression gives the energy and slope of the term whose formula it is', () => {
  const names = (term: BondedTerm) => term.parameters.map((parameter) => parameter.name);
  const table: [BondedTerm, BondedTerm, string, string[], number[], number[]][] = [
    [harmonicBond, expressionBond, 'k/2*(r - length)^2', names(harmonicBond), [0.15, 3e5], [0.12, 0.15, 0.2]],
    [harmonicAngle, expressionAngle, 'k/2*(theta - angle)^2', names(harmonicAngle), [1.9, 400], [0.5, 1.9, 3]],
  ];
  for (const [term, expression, energy, parameterNames, values, points] of table) {
    const evaluate = bonded(expression, energy, parameterNames);
    // The parameters of the third of four tuples.
    const p = new Float64Array(4 * values.length);
    p.set(values, 2 * values.length);
    const expected = new Float64Array(2);
    const out = new Float64Array(2);
    for (const x of points) {
      assert.ok(evaluate(x, p, 2 * values.length, out));
      term.evaluate(x, p, 2 * values.length, expected);
      close(out[0], expected[0], `${term.name} energy`);
      close(out[1], expected[1], `${term.name} slope`);
    }
  }
});

test('an expression torsion equals the periodic torsion', () => {
  const names = periodicTorsion.parameters.map(({ name }) => name);
  const value: Record<string, number> = { periodicity: 3, phase: 0.4, k: 5.5 };
  assert.equal(names.toSorted(), Object.keys(value).toSorted());
  const p = Float64Array.from(names, (name) => value[name]);
  const evaluate = bonded(expressionTorsion, 'k*(1 + cos(periodicity*phi - phase))', names);
  const out = new Float64Array(2);
  const expected = new Float64Array(2);
  for (const phi of [-3, -1, 0, 0.7, Math.PI]) {
    assert.ok(evaluate(phi, p, 0, out));
    periodicTorsion.evaluate(phi, p, 0, expected);
    close(out[0], expected[0], 'energy');
    close(out[1], expected[1], 'slope');
  }
});

test('a bond expression is undefined where it is not finite, as a FENE bond is beyond its maximum', () => {
  const names = feneBond.parameters.map(({ name }) => name);
  const evaluate = bonded(expressionBond, '-15*1.5^2*log(1 - (r/1.5)^2)', names);
  const out = new Float64Array(2);
  const p = new Float64Array(names.length);
  assert.ok(evaluate(0.97, p, 0, out));
  assert.not(evaluate(1.5, p, 0, out));
  assert.not(evaluate(1.6, p, 0, out));
});

test('a pair expression gives the energy and -(dE/dr)/r of Lennard-Jones', () => {
  const potential: PairPotential = {
    term: 'expression-pair',
    parameters: new Float64Array(0),
    width: 2,
    modifier: 'none',
    expression: { energy: '4*epsilon*((sigma/r)^12 - (sigma/r)^6)', names: ['sigma', 'epsilon'] },
  };
  const evaluate = expressionPair.compile?.(potential);
  assert.ok(evaluate);
  const p = Float64Array.of(0.3, 1.2);
  const out = new Float64Array(2);
  const expected = new Float64Array(2);
  for (const r of [0.28, 0.35, 0.9]) {
    evaluate?.(r * r, p, 0, out);
    lennardJones.evaluate(r * r, p, 0, expected);
    for (const k of [0, 1])
      assert.ok(Math.abs(out[k] - expected[k]) <= 1e-12 * Math.abs(expected[k]), `${out[k]} ${expected[k]}`);
  }
});

test('a term used without its expression says what it needs', () => {
  const force: BondedForce = {
    kind: 'bonded',
    term: 'expression-bond',
    atoms: new Int32Array(0),
    parameters: new Float64Array(0),
  };
  assert.throws(() => expressionBond.compile?.(force), /expression-bond needs the energy as an expression/);
  assert.throws(() => expressionBond.evaluate(1, new Float64Array(0), 0, new Float64Array(2)), /compile/);
});

test.run();
