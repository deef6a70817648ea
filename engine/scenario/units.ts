/** Unit systems: `md` (nm, ps, Da, kJ/mol, K, e, rad, bar; CODATA 2018) and `lj` (everything reduced). */

import type { Dimension } from './schema.ts';

export type UnitSystem = 'md' | 'lj';

/** Constants of a unit system, in its own units. */
export interface UnitConstants {
  /** kB: kJ/(mol K), or 1. */
  readonly boltzmann: number;
  /** e^2/(4 pi eps0): kJ nm/(mol e2), or 1. */
  readonly coulomb: number;
  /** Pressure units in one energy/length^3: bar for `md`, 1 for `lj`. */
  readonly pressure: number;
}

// CODATA 2018 exact values; kB in kJ/(mol K) is the molar gas constant / 1000.
const elementaryCharge = 1.602176634e-19;
const boltzmannSI = 1.380649e-23;
const avogadro = 6.02214076e23;
const vacuumPermittivity = 8.8541878128e-12;

const constants: Readonly<Record<UnitSystem, UnitConstants>> = {
  md: {
    boltzmann: (boltzmannSI * avogadro) / 1000,
    coulomb: ((elementaryCharge * elementaryCharge) / (4 * Math.PI * vacuumPermittivity)) * 1e9 * avogadro * 1e-3,
    pressure: (1e3 / avogadro / 1e-27) * 1e-5,
  },
  lj: { boltzmann: 1, coulomb: 1, pressure: 1 },
};

export function unitConstants(units: UnitSystem): UnitConstants {
  return constants[units];
}

const unitNames: Readonly<Record<UnitSystem, Readonly<Record<Dimension, string>>>> = {
  md: {
    length: 'nm',
    time: 'ps',
    mass: 'Da',
    energy: 'kJ/mol',
    temperature: 'K',
    charge: 'e',
    pressure: 'bar',
    angle: 'rad',
    density: 'Da/nm^3',
    concentration: 'mol/L',
    rate: '1/ps',
    'force-constant': 'kJ/mol/nm^2',
    'angular-force-constant': 'kJ/mol/rad^2',
    force: 'kJ/mol/nm',
    velocity: 'nm/ps',
    'inverse-length': '1/nm',
    dimensionless: '',
  },
  lj: {
    length: 'sigma',
    time: 'tau',
    mass: 'm',
    energy: 'epsilon',
    temperature: 'epsilon/kB',
    charge: '',
    pressure: 'epsilon/sigma^3',
    angle: 'rad',
    density: '1/sigma^3',
    concentration: '1/sigma^3',
    rate: '1/tau',
    'force-constant': 'epsilon/sigma^2',
    'angular-force-constant': 'epsilon/rad^2',
    force: 'epsilon/sigma',
    velocity: 'sigma/tau',
    'inverse-length': '1/sigma',
    dimensionless: '',
  },
};

/** The unit in which numbers of a dimension are held; empty for pure numbers (and for reduced charges). */
export function unitOf(dimension: Dimension, units: UnitSystem): string {
  return unitNames[units][dimension];
}
