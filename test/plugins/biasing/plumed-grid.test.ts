/** `fes.dat` as PLUMED would read it: a parser of its own, with PLUMED's rules of where points lie, finds free-energy.csv at every point. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Component } from '../../../engine/index.ts';
import { plumedGrid } from '../../../plugins/biasing/plumed-grid.ts';
import { type Profile, profileCsv } from '../../../plugins/biasing/profile.ts';
import { readAsPlumed } from './plumed.ts';

const open = (name: string): Component => ({ name, dimension: 'length', period: null });
const angle = (name: string): Component => ({ name, dimension: 'angle', period: { from: -Math.PI, to: Math.PI } });
const bins = (start: number, width: number, count: number, periodic = false) => ({ start, width, count, periodic });
/** Bins of a histogram over an angle: the first middle is where the period begins. */
const around = (count: number) => bins(-Math.PI - Math.PI / count, (2 * Math.PI) / count, count, true);
const domains = { phi: ['-pi', 'pi'], psi: ['-pi', 'pi'] } as const;

/** Every row of the table is found in the grid at its place, and the grid has no other points. */
function compare(profile: Profile, kT: number): void {
  const grid = readAsPlumed(
    plumedGrid(profile, kT),
    'file.free',
    profile.components.map(({ name }) => name),
    domains,
  );
  const rows = profileCsv(profile, new Float64Array(profile.values.length), kT, 'md').trim().split('\n').slice(1);
  assert.is(rows.length, profile.values.length);
  assert.is(grid.points, rows.length);
  for (const row of rows) {
    const numbers = row.split(',').map(Number);
    const d = profile.components.length;
    assert.ok(Math.abs(grid.valueAt(numbers.slice(0, d)) - numbers[d]) < 1e-12, row);
  }
}

test('open axes, periodic ones, and one of each: PLUMED finds the table', () => {
  const values = (count: number) => Float64Array.from({ length: count }, (_, k) => (k * k) % 17);
  compare({ components: [open('d')], axes: [bins(0.1, 0.03, 41)], values: values(41) }, 2.5);
  compare({ components: [angle('phi')], axes: [around(36)], values: values(36) }, 2.5);
  compare({ components: [angle('phi'), angle('psi')], axes: [around(7), around(10)], values: values(70) }, 2.5);
  compare({ components: [open('d'), angle('psi')], axes: [bins(-1, 0.1, 9), around(5)], values: values(45) }, 1);
});

test('bins that lie otherwise along a period are interpolated onto the points of the grid', () => {
  const count = 72;
  const F = (phi: number, psi: number) => 20 + 10 * Math.sin(phi) + 5 * Math.cos(2 * phi - psi);
  const own = bins(-Math.PI, (2 * Math.PI) / count, count, true);
  const middle = (i: number) => own.start + (i + 0.5) * own.width;
  const values = Float64Array.from({ length: count * count }, (_, k) => F(middle(k % count), middle(Math.floor(k / count))));
  const text = plumedGrid({ components: [angle('phi'), angle('psi')], axes: [own, own], values }, 1);
  const grid = readAsPlumed(text, 'file.free', ['phi', 'psi'], domains);
  for (const [phi, psi] of [
    [-Math.PI, -Math.PI],
    [own.width * 5 - Math.PI, own.width * 71 - Math.PI],
    [0, 0],
  ]) {
    // 3/128 of the fourth derivative times width^4: 1e-4
    assert.ok(Math.abs(grid.valueAt([phi, psi]) - F(phi, psi)) < 2e-4, `${phi} ${psi}`);
    const [slope] = grid.slopesAt([phi, psi]);
    // of central differences width^2/6 times the third derivative: 0.06
    assert.ok(Math.abs(slope - (10 * Math.cos(phi) - 10 * Math.sin(2 * phi - psi))) < 0.07);
  }
});

test('PLUMED reads no infinity: what nothing is known of stands with the highest value that is known', () => {
  const values = Float64Array.of(Number.NaN, 3, 0, 2, Number.NaN, 7);
  const grid = readAsPlumed(plumedGrid({ components: [open('d')], axes: [bins(0, 1, 6)], values }, 2), 'file.free', ['d'], {});
  assert.equal(
    [0.5, 1.5, 2.5, 3.5, 4.5, 5.5].map((x) => grid.valueAt([x])),
    [14, 6, 0, 4, 14, 14],
  );
  assert.equal(
    [0.5, 1.5, 5.5].map((x) => grid.slopesAt([x])[0]),
    [-8, -7, 0],
  );
  const period = { ...bins(-Math.PI, Math.PI / 3, 6), periodic: true };
  const round = readAsPlumed(
    plumedGrid({ components: [angle('phi')], axes: [period], values }, 1),
    'file.free',
    ['phi'],
    domains,
  );
  assert.is(round.valueAt([-Math.PI]), 7);
  assert.is(round.valueAt([-Math.PI + Math.PI / 3]), 3);
  assert.is(round.valueAt([-Math.PI + (2 * Math.PI) / 3]), 1.5);
});

test.run();
