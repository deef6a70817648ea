/** Reads quantities such as `0.5`, `"2 fs"` or `"1.2 kcal/mol/A^2"` into numbers of the scenario's unit system, with mathjs' units. */
import { InputError, nearest } from '../errors.ts';
import { unit } from '../math/mathjs.ts';
import type { Dimension } from './schema.ts';
import { type UnitSystem, unitOf } from './units.ts';

const avogadro = 6.02214076e23;

/** A unit in SI base units; exponents of mass, length, time, current, temperature, luminosity, amount (angles are pure numbers). */
interface Measure {
  readonly size: number;
  readonly exponents: readonly number[];
}

const pure = (size: number): Measure => ({ size, exponents: [0, 0, 0, 0, 0, 0, 0] });
const energy = (size: number): Measure => ({ size, exponents: [1, 2, -2, 0, 0, 0, 0] });
const length = (size: number): Measure => ({ size, exponents: [0, 1, 0, 0, 0, 0, 0] });
// 1 Da = 1 g/mol: the molar mass constant differs from that by 3e-10, which md units leave out.
const dalton = { size: 1e-3 / avogadro, exponents: [1, 0, 0, 0, 0, 0, 0] };

/** What mathjs lacks or reads otherwise (its A is the ampere). Its own names (nm, ps, kJ, eV, bar, deg, ...) need no entry. */
const mdUnits: Readonly<Record<string, Measure>> = {
  A: length(1e-10),
  Å: length(1e-10),
  Ang: length(1e-10),
  Angstrom: length(1e-10),
  bohr: length(5.29177210903e-11),
  Da: dalton,
  u: dalton,
  amu: dalton,
  dalton,
  kDa: { size: 1 / avogadro, exponents: dalton.exponents },
  e: { size: 1.602176634e-19, exponents: [0, 0, 1, 1, 0, 0, 0] },
  // CODATA 2018; mathjs has the value of 2014.
  eV: energy(1.602176634e-19),
  meV: energy(1.602176634e-22),
  kcal: energy(4184),
  cal: energy(4.184),
  hartree: energy(4.3597447222071e-18),
  Ha: energy(4.3597447222071e-18),
  radian: pure(1),
  radians: pure(1),
};

/** Reduced units stand on SI's with the same relations: epsilon = m sigma^2 / tau^2. */
const reducedUnits: Readonly<Record<string, Measure>> = {
  sigma: length(1),
  σ: length(1),
  tau: { size: 1, exponents: [0, 0, 1, 0, 0, 0, 0] },
  τ: { size: 1, exponents: [0, 0, 1, 0, 0, 0, 0] },
  m: { size: 1, exponents: [1, 0, 0, 0, 0, 0, 0] },
  epsilon: energy(1),
  ε: energy(1),
  kB: { size: 1, exponents: [1, 2, -2, 0, -1, 0, 0] },
  rad: pure(1),
  deg: pure(Math.PI / 180),
};

/** mathjs' names that people are likely to mean; with those above, what is offered when a unit is unknown. */
const usual = [
  'nm',
  'pm',
  'cm',
  'm',
  'fs',
  'ps',
  'ns',
  'us',
  's',
  'kJ',
  'J',
  'eV',
  'meV',
  'mol',
  'K',
  'bar',
  'kbar',
  'atm',
  'Pa',
  'kPa',
];
const mdNames = [...usual, 'MPa', 'GPa', 'deg', 'degrees', 'rad', 'g', 'kg', 'C', 'angstrom', ...Object.keys(mdUnits)];

/** What a quantity of each dimension may look like, for error messages. */
const examples: Readonly<Record<UnitSystem, Readonly<Record<Dimension, string>>>> = {
  md: {
    length: '"1.2 nm", "3.5 A"',
    time: '"2 fs", "10 ps", "1 ns"',
    mass: '"12.011 Da", "28 g/mol"',
    energy: '"1.5 kJ/mol", "0.3 kcal/mol", "0.01 eV"',
    temperature: '"300 K"',
    charge: '"0.5 e"',
    pressure: '"1 bar", "1 atm", "100 MPa"',
    angle: '"109.5 deg", "1.9 rad"',
    density: '"0.594 g/cm^3", "500 kg/m^3"',
    concentration: '"0.15 mol/L", "150 mmol/L"',
    rate: '"1/ps", "0.5 ps^-1"',
    'force-constant': '"1000 kJ/mol/nm^2", "300 kcal/mol/A^2"',
    'angular-force-constant': '"400 kJ/mol/rad^2"',
    force: '"10 kJ/mol/nm", "1 kcal/mol/A"',
    velocity: '"0.3 nm/ps", "300 m/s"',
    'inverse-length': '"3 nm^-1", "0.3/A"',
    dimensionless: '0.5',
  },
  lj: {
    length: '1.2, "1.2 sigma"',
    time: '0.005, "0.005 tau"',
    mass: '1, "1 m"',
    energy: '1, "1 epsilon"',
    temperature: '1.44, "1.44 epsilon/kB"',
    charge: '1',
    pressure: '0.5, "0.5 epsilon/sigma^3"',
    angle: '1.9, "109.5 deg"',
    density: '0.8442, "0.8442 sigma^-3"',
    concentration: '0.1, "0.1 sigma^-3"',
    rate: '1, "1/tau"',
    'force-constant': '30, "30 epsilon/sigma^2"',
    'angular-force-constant': '10, "10 epsilon"',
    force: '1, "1 epsilon/sigma"',
    velocity: '1, "1 sigma/tau"',
    'inverse-length': '1, "1 sigma^-1"',
    dimensionless: '0.5',
  },
};

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;

/**
 * The value of a quantity in the units of `units` (`unitOf(dimension, units)`), rounded to 15 significant digits where a
 * conversion took place, so that "2 fs" is the double nearest to 0.002.
 * Energies and masses are per mole or per particle: "1 kJ/mol", "28 g/mol" and "0.01 eV" are all right, "1 kJ" is not.
 * @throws InputError at `where` for an unknown unit (with the nearest known one) or the wrong dimension (with examples)
 */
export function parseQuantity(value: number | string, dimension: Dimension, units: UnitSystem, where: string): number {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new InputError(where, `expected ${describeQuantity(dimension, units)}; found ${value}`);
    return value;
  }
  const text = value.trim();
  const digits = number.exec(text)?.[0];
  if (digits === undefined)
    throw new InputError(
      where,
      `expected ${describeQuantity(dimension, units)}; found "${value}", which does not begin with a number`,
    );
  const factor = Number(digits);
  const rest = text.slice(digits.length).trim();
  if (!Number.isFinite(factor)) throw new InputError(where, `the number in "${value}" is too large`);
  if (rest === '') return factor;
  if (dimension === 'dimensionless') throw new InputError(where, `expected a pure number such as 0.5; found "${value}"`);
  const expected = `expected ${describeQuantity(dimension, units)}; found "${value}"`;
  if (units === 'md' && dimension === 'temperature' && /^(degC|°C|celsius)$/.test(rest)) return round(factor + 273.15);
  return round(factor * scaleOf(rest, dimension, units, where, expected));
}

/** For messages and documentation: what a quantity is and how it may be written. */
export function describeQuantity(dimension: Dimension, units: UnitSystem): string {
  if (dimension === 'dimensionless') return 'a pure number';
  const name = unitOf(dimension, units);
  const article = /^[aeiou]/.test(dimension) ? 'an' : 'a';
  return `${article} ${dimension.replaceAll('-', ' ')} (a number in ${name || 'reduced units'} or, for example, ${examples[units][dimension]})`;
}

function round(value: number): number {
  return Number(value.toPrecision(15));
}

/** One of the unit `text` in the system's unit of the dimension. */
function scaleOf(text: string, dimension: Dimension, units: UnitSystem, where: string, expected: string): number {
  const given = measure(text, units, where, expected);
  const wanted = measure(unitOf(dimension, units), units, where, expected);
  const exponents = [...given.exponents];
  const perMole = wanted.exponents[6] === -1 || dimension === 'mass';
  let size = given.size;
  if (perMole && exponents[6] === -1) {
    size /= avogadro;
    exponents[6] = 0;
  } else if (perMole && bulk.test(text)) {
    throw new InputError(where, `${expected}; did you mean "${text}/mol"?`);
  }
  if (exponents.some((n, i) => n !== (perMole && i === 6 ? 0 : wanted.exponents[i]))) throw new InputError(where, expected);
  return size / (wanted.exponents[6] === -1 ? wanted.size / avogadro : wanted.size);
}

/** Units of bulk matter: for one particle they make sense only with "/mol". */
const bulk = /(^|[^\p{L}])(k?J|k?cal|[kmu]?g)($|[^\p{L}])/u;

/** Reads products and quotients of units from left to right: `kJ/mol/nm^2`, `kcal mol-1 A-2`, `kJ/(mol nm^2)`, `g/cm3`. */
function measure(text: string, units: UnitSystem, where: string, expected: string): Measure {
  const tokens = text.match(/[\p{L}°]+|\^|[+-]?\d+|[*/()]|·|\S/gu) ?? [];
  let at = 0;
  const fail = (): never => {
    throw new InputError(where, `${expected}; the unit "${text}" cannot be read`);
  };
  const power = (): number => {
    if (tokens[at] === '^') at++;
    else if (!/^[+-]?\d+$/.test(tokens[at] ?? '')) return 1;
    const n = Number(tokens[at++]);
    return Number.isInteger(n) ? n : fail();
  };
  const product = (): Measure => {
    let size = 1;
    const exponents = [0, 0, 0, 0, 0, 0, 0];
    for (let first = true; at < tokens.length && tokens[at] !== ')'; first = false) {
      const operator = /^[*/·]$/.test(tokens[at]) ? tokens[at++] : '*';
      if (first && operator !== '*' && operator !== '/') fail();
      let factor: Measure;
      if (tokens[at] === '(') {
        at++;
        factor = product();
        if (tokens[at++] !== ')') fail();
      } else if (tokens[at] === '1') {
        at++;
        continue;
      } else {
        if (!/^[\p{L}°]+$/u.test(tokens[at] ?? '')) fail();
        factor = named(tokens[at++], units, where, expected);
      }
      const n = power() * (operator === '/' ? -1 : 1);
      size *= n < 0 ? 1 / factor.size ** -n : factor.size ** n;
      for (let i = 0; i < 7; i++) exponents[i] += n * factor.exponents[i];
    }
    return { size, exponents };
  };
  const result = product();
  return at < tokens.length ? fail() : result;
}

/** One unit by its name. */
function named(name: string, units: UnitSystem, where: string, expected: string): Measure {
  const own = units === 'md' ? mdUnits : reducedUnits;
  if (Object.hasOwn(own, name)) return own[name];
  const spelled = name.replace('µ', 'u').replace('°', 'deg');
  if (units === 'md' && !/^deg[CFKR]$|^(celsius|fahrenheit)$/.test(spelled)) {
    try {
      const found = unit(`1 ${spelled}`).toSI();
      // The exponents of mathjs: seven of SI, then angle and bits; bits have no place here.
      const { dimensions } = found as unknown as { dimensions: readonly number[] };
      if (!dimensions[8])
        return { size: (found.toJSON() as unknown as { value: number }).value, exponents: dimensions.slice(0, 7) };
    } catch {
      // Unknown to mathjs: reported below.
    }
  }
  const names = units === 'md' ? mdNames : Object.keys(reducedUnits);
  const near = nearest(name, names);
  const hint = near ? `; did you mean "${near}"?` : '';
  const reduced = units === 'lj' ? '; with "units": "lj" give numbers in reduced units' : '';
  throw new InputError(where, `unknown unit "${name}"${hint} ${expected}${reduced}`.replace('" expected', '"; expected'));
}
