import * as fs from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import type { Observables } from '../../../engine/platforms/platform.ts';
import { LogWriter, readLog } from '../../../engine/trajectory/log.ts';
import { scratch } from '../../support/fixtures.ts';

const test = suite('log');
const columns = { units: 'md', terms: ['bonds', 'pairs, with tail', 'bonds', 'volume'], totalMass: 1924.512 } as const;

function observables(step: number, changes: Partial<Observables> = {}): Observables {
  const energy = (i: number): number => -1234.5678901234567 / (step + i);
  const terms = columns.terms.map((label, i) => ({ label, energy: energy(10 + i) }));
  const energies = { potential: energy(1), kinetic: energy(2), conserved: energy(3), temperature: 143 + 1 / step };
  const pressure = { pressure: 1 / 3, pressureTensor: new Float64Array(9) };
  return { step, time: step * 0.001, ...energies, volume: 5.379, ...pressure, terms, ...changes };
}

function write(rows: number): string {
  const path = join(scratch(), 'log.csv');
  const log = LogWriter.create(path, columns);
  for (let i = 1; i <= rows; i++) log.append(observables(10 * i), 123.456789);
  log.close();
  return path;
}

test('columns say what they are and in which unit', () => {
  assert.is(
    fs.readFileSync(write(0), 'utf8'),
    'step,time (ps),potential (kJ/mol),kinetic (kJ/mol),total (kJ/mol),conserved (kJ/mol),temperature (K),volume (nm3),' +
      'density (g/cm3),pressure (bar),bonds (kJ/mol),"pairs, with tail (kJ/mol)",bonds 2 (kJ/mol),volume 2 (kJ/mol),speed (ns/day)\n',
  );
});

test('numbers come back to the bit', () => {
  const table = readLog(write(5));
  assert.is(table.rows, 5);
  assert.equal(table.columns.slice(0, 3), ['step', 'time', 'potential']);
  assert.is(table.units.density, 'g/cm3');
  for (let r = 0; r < 5; r++) {
    const expected = observables(10 * (r + 1));
    for (const name of ['step', 'time', 'potential', 'kinetic', 'conserved', 'temperature', 'volume', 'pressure'] as const) {
      assert.is(table.values[name][r], expected[name], name);
    }
    assert.is(table.values.total[r], expected.potential + expected.kinetic);
    assert.is(table.values['pairs, with tail'][r], expected.terms[1].energy);
    assert.is(table.values['volume 2'][r], expected.terms[3].energy);
  }
});

test('the density of 64 ethane molecules in the cell of Wang and Gomez-Bombarelli is theirs', () => {
  const table = readLog(write(1));
  assert.ok(Math.abs(table.values.density[0] - 0.594) < 5e-4, `${table.values.density[0]}`);
});

test('a log is cut back to the rows the checkpoint knows and goes on as if nothing had happened', () => {
  const expected = fs.readFileSync(write(8));
  for (const tail of ['', '60,0.06,-1', '60,0.06,-1\n70,', '\n\n']) {
    const path = write(5);
    fs.appendFileSync(path, tail);
    const log = LogWriter.openForContinue(path, columns, 4);
    assert.is(log.rows, 4);
    assert.throws(() => log.append(observables(40), 1), /steps must increase/);
    for (let i = 5; i <= 8; i++) log.append(observables(10 * i), 123.456789);
    assert.is(log.rows, 8);
    log.close();
    assert.ok(fs.readFileSync(path).equals(expected));
  }
});

test('a log with missing rows or other columns is refused', () => {
  const path = write(3);
  const refused = (body: () => void, expected: RegExp): void =>
    assert.throws(body, (e: Error) => e instanceof InputError && expected.test(e.message));
  refused(() => LogWriter.openForContinue(path, columns, 4), /holds 3 whole rows, .* after 4/);
  refused(() => LogWriter.openForContinue(path, { ...columns, terms: ['bonds'] }, 2), /other columns/);
  refused(() => LogWriter.openForContinue(`${path}.not`, columns, 2), /gone/);
  assert.is(readLog(path).rows, 3);
});

test('a torn last row is not read', () => {
  const path = write(3);
  fs.appendFileSync(path, '40,0.04,-12');
  assert.is(readLog(path).rows, 3);
});

test('open boundaries have no volume, density and pressure', () => {
  const path = join(scratch(), 'log.csv');
  const log = LogWriter.create(path, { units: 'lj', terms: [], totalMass: 70 });
  log.append(
    observables(1, { volume: Number.POSITIVE_INFINITY, pressure: Number.NaN, terms: [], time: 0.5, potential: 1, kinetic: 2 }),
    9,
  );
  log.close();
  const [head, row] = fs.readFileSync(path, 'utf8').split('\n');
  assert.is(head, 'step,time,potential,kinetic,total,conserved,temperature,volume,density,pressure,speed (tau/day)');
  assert.match(row, /^1,0\.5,1,2,3,[^,]+,144,,,,9$/);
  assert.ok(Number.isNaN(readLog(path).values.density[0]));
});

test.run();
