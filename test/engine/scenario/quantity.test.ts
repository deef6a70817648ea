import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/errors.ts';
import { parseQuantity } from '../../../engine/scenario/quantity.ts';
import type { Dimension } from '../../../engine/scenario/schema.ts';
import type { UnitSystem } from '../../../engine/scenario/units.ts';

const read = (value: number | string, dimension: Dimension, units: UnitSystem = 'md') =>
  parseQuantity(value, dimension, units, 'here');

function message(value: number | string, dimension: Dimension, units: UnitSystem = 'md'): string {
  try {
    read(value, dimension, units);
  } catch (error) {
    assert.instance(error, InputError);
    assert.is((error as InputError).where, 'here');
    return (error as InputError).message;
  }
  assert.unreachable(`"${value}" was accepted as ${dimension}`);
  return '';
}

test('quantities with units become numbers in md units, without noise in the last digits', () => {
  const table: [string, Dimension, number][] = [
    ['2 fs', 'time', 0.002],
    ['1fs', 'time', 0.001],
    ['60 ps', 'time', 60],
    ['1.5 ns', 'time', 1500],
    ['1 µs', 'time', 1e6],
    ['15.9808 A', 'length', 1.59808],
    ['15.9808 Å', 'length', 1.59808],
    ['3.5 angstrom', 'length', 0.35],
    ['0.75 nm', 'length', 0.75],
    ['143 K', 'temperature', 143],
    ['20 degC', 'temperature', 293.15],
    ['1 /ps', 'rate', 1],
    ['1/ps', 'rate', 1],
    ['0.5 ps^-1', 'rate', 0.5],
    ['0.5 ps-1', 'rate', 0.5],
    ['12.011 Da', 'mass', 12.011],
    ['12.011 u', 'mass', 12.011],
    ['28 g/mol', 'mass', 28],
    ['28 g mol-1', 'mass', 28],
    ['1.5 kJ/mol', 'energy', 1.5],
    ['1.2 kcal/mol', 'energy', 5.0208],
    ['-1.2e1 kcal mol^-1', 'energy', -50.208],
    ['1 kcal/mol/A^2', 'force-constant', 418.4],
    ['1 kcal mol-1 A-2', 'force-constant', 418.4],
    ['1 kJ/(mol nm^2)', 'force-constant', 1],
    ['200 kJ/mol/nm^2', 'force-constant', 200],
    ['100 kcal/mol/rad^2', 'angular-force-constant', 418.4],
    ['100 kJ/mol', 'angular-force-constant', 100],
    ['1 kcal/mol/A', 'force', 41.84],
    ['180 deg', 'angle', Math.PI],
    ['180 degrees', 'angle', Math.PI],
    ['180°', 'angle', Math.PI],
    ['1 rad', 'angle', 1],
    ['0.5 e', 'charge', 0.5],
    ['1 atm', 'pressure', 1.01325],
    ['100 MPa', 'pressure', 1000],
    ['1 bar', 'pressure', 1],
    ['1 m/s', 'velocity', 0.001],
  ];
  for (const [text, dimension, expected] of table) {
    const value = read(text, dimension);
    assert.ok(Math.abs(value - expected) <= 4e-15 * Math.abs(expected), `${text} is ${value}, not ${expected}`);
    if (String(expected).length < 8) assert.is(value, expected, text);
  }
});

test('energies and densities follow CODATA 2018', () => {
  // 1 eV = 1.602176634e-19 J times 6.02214076e23/mol; 1 g/cm3 = 1e-21 g/nm3 = 602.214076 Da/nm3.
  assert.ok(Math.abs(read('1 eV', 'energy') - 96.48533212331) < 1e-10);
  assert.is(read('1 g/cm3', 'density'), 602.214076);
  assert.is(read('1000 kg/m^3', 'density'), 602.214076);
  assert.is(read('2 Da/nm^3', 'density'), 2);
  assert.ok(Math.abs(read('1 hartree', 'energy') - 2625.49963948) < 1e-7);
});

test('plain numbers and texts without a unit are in the units of the scenario', () => {
  assert.is(read(0.25, 'length'), 0.25);
  assert.is(read('0.25', 'length'), 0.25);
  assert.is(read('.5', 'dimensionless'), 0.5);
  assert.is(read(0.8442, 'density', 'lj'), 0.8442);
});

test('reduced units may be written out', () => {
  assert.is(read('0.005 tau', 'time', 'lj'), 0.005);
  assert.is(read('2.5 sigma', 'length', 'lj'), 2.5);
  assert.is(read('0.8442 sigma^-3', 'density', 'lj'), 0.8442);
  assert.is(read('1.44 epsilon/kB', 'temperature', 'lj'), 1.44);
  assert.is(read('30 epsilon/sigma^2', 'force-constant', 'lj'), 30);
  assert.is(read('0.5 /tau', 'rate', 'lj'), 0.5);
  assert.match(message('2 fs', 'time', 'lj'), /unknown unit "fs".*reduced units/);
  assert.match(message('2 sigma', 'time', 'lj'), /expected a time.*"0.005 tau".*found "2 sigma"/);
});

test('an unknown unit is named, with the nearest known one', () => {
  assert.match(message('2 fss', 'time'), /unknown unit "fss"; did you mean "fs"\?/);
  assert.match(message('2 kclal/mol', 'energy'), /unknown unit "kclal"; did you mean "kcal"\?/);
  assert.match(message('2 toString', 'energy'), /unknown unit "toString"/);
  assert.match(message('2 b', 'length'), /unknown unit "b"/);
});

test('the wrong dimension says what is expected, with examples', () => {
  assert.is(
    message('2 nm', 'time'),
    'here: expected a time (a number in ps or, for example, "2 fs", "10 ps", "1 ns"); found "2 nm"',
  );
  assert.match(message('2 kJ/mol/nm', 'energy'), /expected an energy/);
  assert.match(message('2 nm/mol', 'length'), /expected a length/);
  assert.match(message('2 A', 'dimensionless'), /pure number/);
});

test('bulk units without "/mol" are not taken for one particle', () => {
  assert.match(message('2 kcal', 'energy'), /did you mean "kcal\/mol"\?/);
  assert.match(message('28 g', 'mass'), /did you mean "g\/mol"\?/);
});

test('text that is no quantity is refused', () => {
  for (const text of ['', 'fast', 'ps 2', '2 ps ps^', '2 (ps', '2 ps)', '2 //ps', '2 p$', '1e999 ps', 'NaN', '2 ps +', '2 300'])
    assert.ok(message(text, 'time').startsWith('here: '), text);
  assert.match(message(Number.NaN, 'time'), /found NaN/);
});

test.run();
