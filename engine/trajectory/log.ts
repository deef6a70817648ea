/**
 * The log of a simulation: one CSV row an interval, columns by name with their unit in parentheses.
 *
 *     step,time (ps),potential (kJ/mol),kinetic (kJ/mol),total (kJ/mol),conserved (kJ/mol),temperature (K),volume (nm3),
 *     density (g/cm3),pressure (bar),<one column an energy term> (kJ/mol),...,<one a variable>,...,speed (ns/day)
 *
 * Numbers are written with as many digits as it takes to read the same f64 back, so the rows of a continued run equal those of
 * an uninterrupted one to the byte, but for the speed. Volume, density and pressure are empty where the boundaries are open.
 */
import * as fs from 'node:fs';
import { InputError, SimulationError } from '../errors.ts';
import type { Observables } from '../platforms/platform.ts';
import type { Dimension } from '../scenario/schema.ts';
import { type UnitSystem, unitOf } from '../scenario/units.ts';
import { readFully, syncFolderOf, writeFully } from './files.ts';

export const logFile = 'log.csv';

/** What determines the columns of a log. */
export interface LogContents {
  readonly units: UnitSystem;
  /** Labels of the energy terms, in the order of `Observables.terms`. */
  readonly terms: readonly string[];
  /** Columns of collective variables with what they measure; none if absent. */
  readonly variables?: readonly { readonly name: string; readonly dimension: Dimension }[];
  /** Sum of all masses, for the density. */
  readonly totalMass: number;
}

/** One f64 array a column; empty cells are NaN. Names are without units: `step`, `time`, `potential`, ... */
export interface LogTable {
  readonly columns: readonly string[];
  /** The unit of each column, '' where it has none. */
  readonly units: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Float64Array>>;
  readonly rows: number;
}

const unitNames = {
  md: { time: 'ps', energy: 'kJ/mol', temperature: 'K', volume: 'nm3', density: 'g/cm3', pressure: 'bar', speed: 'ns/day' },
  lj: { time: '', energy: '', temperature: '', volume: '', density: '', pressure: '', speed: 'tau/day' },
} as const;
/** Da/nm3 in g/cm3: 1e21 / N_A. */
const densityFactor = { md: 1e21 / 6.02214076e23, lj: 1 } as const;

export class LogWriter {
  private readonly path: string;
  private readonly contents: LogContents;
  private descriptor: number | null;
  private count: number;
  private lastStep: number;

  private constructor(path: string, contents: LogContents, descriptor: number, count: number, lastStep: number) {
    this.path = path;
    this.contents = contents;
    this.descriptor = descriptor;
    this.count = count;
    this.lastStep = lastStep;
  }

  /** Starts a log, replacing any that is there. */
  static create(path: string, contents: LogContents): LogWriter {
    const descriptor = fs.openSync(path, 'w');
    writeFully(descriptor, new TextEncoder().encode(`${headerLine(contents)}\n`), null, path);
    fs.fsyncSync(descriptor);
    syncFolderOf(path);
    return new LogWriter(path, contents, descriptor, 0, Number.NEGATIVE_INFINITY);
  }

  /**
   * Opens the log of an interrupted run and cuts it back to its first `rows` rows, the number the checkpoint remembers; a torn
   * last line goes with them. InputError if the columns differ or rows are missing.
   */
  static openForContinue(path: string, contents: LogContents, rows: number): LogWriter {
    if (!fs.existsSync(path)) throw new InputError(path, 'the log of the interrupted run is gone; start the run anew');
    const descriptor = fs.openSync(path, 'a+');
    try {
      const text = new Uint8Array(fs.fstatSync(descriptor).size);
      readFully(descriptor, text, 0);
      let end = 0;
      let lineStart = 0;
      for (let line = 0; line <= rows; line++) {
        const newline = text.indexOf(0x0a, end);
        if (newline < 0) {
          const found = Math.max(0, line - 1);
          throw new InputError(
            path,
            `the log holds ${found} whole rows, but the checkpoint was written after ${rows}; start the run anew`,
          );
        }
        lineStart = end;
        end = newline + 1;
        if (line === 0 && new TextDecoder().decode(text.subarray(0, newline)) !== headerLine(contents)) {
          throw new InputError(path, 'the log has other columns than the run writes; start the run anew');
        }
      }
      const lastStep =
        rows > 0 ? Number.parseFloat(new TextDecoder().decode(text.subarray(lineStart, end))) : Number.NEGATIVE_INFINITY;
      fs.ftruncateSync(descriptor, end);
      fs.fsyncSync(descriptor);
      return new LogWriter(path, contents, descriptor, rows, lastStep);
    } catch (thrown) {
      fs.closeSync(descriptor);
      throw thrown;
    }
  }

  /** Rows in the log: what a checkpoint has to remember. */
  get rows(): number {
    return this.count;
  }

  /** Adds a row. `speed` is in ns/day (tau/day in `lj` units), `variables` as many as there are columns. Steps must increase. */
  append(observables: Observables, speed: number, variables: readonly number[] = []): void {
    if (this.descriptor === null) throw new SimulationError(`${this.path}: the log is closed; no row can be appended`);
    const { step, time, potential, kinetic, conserved, temperature, volume, pressure, terms } = observables;
    if (!(step > this.lastStep)) {
      throw new SimulationError(`${this.path}: row of step ${step} after one of step ${this.lastStep}; steps must increase`);
    }
    if (terms.length !== this.contents.terms.length) {
      throw new SimulationError(
        `${this.path}: ${terms.length} energy terms, the log has columns for ${this.contents.terms.length}`,
      );
    }
    const expected = this.contents.variables?.length ?? 0;
    if (variables.length !== expected)
      throw new SimulationError(`${this.path}: ${variables.length} variables, the log has columns for ${expected}`);
    const bounded = Number.isFinite(volume);
    const density = (this.contents.totalMass / volume) * densityFactor[this.contents.units];
    const ofBox = bounded ? [volume, density, pressure].map(String) : ['', '', ''];
    const energies = [potential, kinetic, potential + kinetic, conserved, temperature].map(String);
    const row = [
      step,
      time,
      ...energies,
      ...ofBox,
      ...terms.map((term) => term.energy),
      ...variables,
      Number(speed.toPrecision(5)),
    ];
    writeFully(this.descriptor, new TextEncoder().encode(`${row.join(',')}\n`), null, this.path);
    this.count++;
    this.lastStep = step;
  }

  flush(): void {
    if (this.descriptor !== null) fs.fsyncSync(this.descriptor);
  }

  close(): void {
    if (this.descriptor === null) return;
    this.flush();
    fs.closeSync(this.descriptor);
    this.descriptor = null;
  }
}

/** Reads a log. InputError if it has no header, or a row (other than a torn last one) of another length. */
export function readLog(path: string): LogTable {
  let text: string;
  try {
    text = fs.readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(path, 'the log cannot be read; has the stage run?', { cause });
  }
  const lines = text.split('\n');
  lines.pop(); // what follows the last newline: nothing, or a torn row
  if (lines.length === 0) throw new InputError(path, 'the log is empty');
  const heads = splitRow(lines[0]).map((cell) => /^(.*?)(?: \(([^()]*)\))?$/.exec(cell));
  const columns = heads.map((match) => match?.[1] ?? '');
  const units = Object.fromEntries(heads.map((match, i) => [columns[i], match?.[2] ?? '']));
  const rows = lines.length - 1;
  const values = Object.fromEntries(columns.map((name) => [name, new Float64Array(rows)]));
  for (let r = 0; r < rows; r++) {
    const cells = lines[r + 1].split(',');
    if (cells.length !== columns.length) {
      throw new InputError(`${path}:${r + 2}`, `a row of ${cells.length} cells under ${columns.length} columns`);
    }
    cells.forEach((cell, c) => {
      values[columns[c]][r] = cell === '' ? Number.NaN : Number(cell);
    });
  }
  return { columns, units, values, rows };
}

function headerLine(contents: LogContents): string {
  const unit = unitNames[contents.units];
  const variables = contents.variables ?? [];
  const energies = ['potential', 'kinetic', 'total', 'conserved'].map((name) => [name, unit.energy]);
  const columns = [
    ['step', ''],
    ['time', unit.time],
    ...energies,
    ['temperature', unit.temperature],
    ['volume', unit.volume],
    ['density', unit.density],
    ['pressure', unit.pressure],
    ...distinct([...contents.terms, ...variables.map(({ name }) => name)]).map((label, k) => [
      label,
      k < contents.terms.length
        ? unit.energy
        : contents.units === 'md'
          ? unitOf(variables[k - contents.terms.length].dimension, 'md')
          : '',
    ]),
    ['speed', unit.speed],
  ];
  return columns.map(([name, unitName]) => quote(unitName ? `${name} (${unitName})` : name)).join(',');
}

const observed = ['potential', 'kinetic', 'conserved', 'temperature', 'volume', 'density', 'pressure', 'speed'];

/** Labels without repeats: two terms called `bonds` become `bonds` and `bonds 2`, one called `volume` becomes `volume 2`. */
function distinct(labels: readonly string[]): string[] {
  const counts = new Map(['step', 'time', 'total', ...observed].map((name) => [name, 1]));
  return labels.map((label) => {
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return count === 1 ? label : `${label} ${count}`;
  });
}

function quote(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The cells of a row in which some are quoted. */
function splitRow(line: string): string[] {
  return Array.from(
    line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g),
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
