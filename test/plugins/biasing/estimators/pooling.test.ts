/** Rows of several runs are pooled where their weights have a common normalisation, and nowhere else. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError, type Settings } from '../../../../engine/index.ts';
import { checkPooling } from '../../../../plugins/biasing/estimators/pooling.ts';
import type { BiasedRun } from '../../../../plugins/biasing/runs.ts';

const on = { variables: ['x'] };
const run = (name: string, ...biases: Settings[]) =>
  ({ stage: { name }, biases: Object.fromEntries(biases.map((bias, k) => [`b${k}`, bias])) }) as unknown as BiasedRun;
const umbrella = (centre: number) => ({ type: 'umbrella', ...on, centre, k: 20 });
const walls = (at: number) => ({ type: 'upper-walls', ...on, at, k: 100 });
const hills = (more: object = {}) => ({ type: 'metadynamics', ...on, sigma: 0.1, ...more });
const opes = (barrier: number, sigma = 0.1) => ({ type: 'opes', ...on, barrier, sigma });

function refused(pattern: RegExp, ...runs: BiasedRun[]): void {
  assert.throws(
    () => checkPooling(runs, 'F'),
    (error: Error) => error instanceof InputError && pattern.test(error.message),
  );
}

test('runs of the same fixed bias, or without any, are pooled', () => {
  checkPooling([run('a', umbrella(1)), run('b', umbrella(1)), run('c', { k: 20, centre: 1, ...on, type: 'umbrella' })], 'F');
  checkPooling([run('a'), run('b')], 'F');
});

test('windows, and runs with and without a bias, are refused by name, with the methods that put them together', () => {
  refused(
    /"a" \(b0: umbrella at -1\) and "c" \(b0: umbrella at 1\) .*"mbar" or "wham"/,
    run('a', umbrella(-1)),
    run('b', umbrella(-1)),
    run('c', umbrella(1)),
  );
  refused(/"a" \(b0: umbrella at 1\) and "b" \(no bias\)/, run('a', umbrella(1)), run('b'));
});

test('biases that adapt have constants of their own: walkers and repeated runs are pooled, other kinds or heights are not', () => {
  checkPooling([run('a', hills({ walkers: { id: 0 } }), walls(2)), run('b', hills({ walkers: { id: 1 } }), walls(2))], 'F');
  checkPooling([run('a', opes(10)), run('b', opes(10, 0.2))], 'F');
  refused(/a stage "free-energy" of its own/, run('a', hills(), walls(2)), run('b', hills(), walls(3)));
  refused(/different biases/, run('a', opes(10)), run('b', opes(20)));
  refused(/b0: metadynamics\) and "b" \(b0: opes\)/, run('a', hills()), run('b', opes(10)));
});

test.run();
