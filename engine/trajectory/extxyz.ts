/**
 * Writes extended XYZ, the text format that ASE and OVITO read and that interatomic potentials are trained from.
 *
 *     <number of particles>
 *     Lattice="ax ay az bx by bz cx cy cz" pbc="T T T" Properties=species:S:1:pos:R:3:... step=... time=...
 *     <element> <name> <residue> <x> <y> <z> [<velocity>] [<force>]
 *
 * In `md` units lengths are in Angstrom and `forces` in eV/Angstrom, the units in which ASE takes the column `forces` for the
 * forces of a calculation; `velocities` are in Angstrom/fs and `time` in ps. In `lj` units everything is reduced. A particle
 * without an element, such as a coarse-grained site, has the species X (which ASE accepts); its name is in the column `name`.
 * Numbers have nine significant digits, all that the f32 of a trajectory hold.
 */
import * as fs from 'node:fs';
import { SimulationError } from '../errors.ts';
import { unitConstants } from '../scenario/units.ts';
import type { Structure } from '../system/system.ts';
import { writeFully } from './files.ts';
import type { Frame, FrameSink } from './trajectory.ts';

/** kJ/mol in eV: 1000 J / (N_A e), from kB T terms: kB in kJ/mol/K over kB in eV/K (CODATA 2018). */
const electronvolt = 8.617333262145179e-5 / unitConstants('md').boltzmann;

const scales = {
  md: { length: 10, velocity: 10 / 1000, force: electronvolt / 10 },
  lj: { length: 1, velocity: 1, force: 1 },
} as const;

export class ExtXyzWriter implements FrameSink {
  private readonly path: string;
  private readonly structure: Structure;
  private readonly labels: readonly string[];
  private descriptor: number | null;

  private constructor(path: string, structure: Structure) {
    this.path = path;
    this.structure = structure;
    this.labels = structure.name.map((name, i) => {
      const residue = structure.residueNames[structure.residue[i]] ?? '';
      return [structure.element[i] || 'X', word(name), word(residue)].join(' ');
    });
    this.descriptor = fs.openSync(path, 'w');
  }

  static create(path: string, structure: Structure): ExtXyzWriter {
    return new ExtXyzWriter(path, structure);
  }

  append(frame: Frame): void {
    if (this.descriptor === null) throw new SimulationError(`${this.path}: the file is closed; no frame can be appended`);
    const scale = scales[this.structure.units];
    const columns: (readonly [Float64Array, number])[] = [[frame.positions, scale.length]];
    let properties = 'species:S:1:name:S:1:residue:S:1:pos:R:3';
    if (frame.velocities) {
      columns.push([frame.velocities, scale.velocity]);
      properties += ':velocities:R:3';
    }
    if (frame.forces) {
      columns.push([frame.forces, scale.force]);
      properties += ':forces:R:3';
    }
    const box = frame.box.vectors;
    const lattice = box
      ? `Lattice="${Array.from(box, (value) => digits(value * scale.length)).join(' ')}" pbc="T T T"`
      : 'pbc="F F F"';
    const lines = [`${this.labels.length}`, `${lattice} Properties=${properties} step=${frame.step} time=${frame.time}`];
    for (let i = 0; i < this.labels.length; i++) {
      let line = this.labels[i];
      for (const [values, factor] of columns) {
        for (let axis = 0; axis < 3; axis++) line += ` ${digits(values[3 * i + axis] * factor)}`;
      }
      lines.push(line);
    }
    writeFully(this.descriptor, new TextEncoder().encode(`${lines.join('\n')}\n`), null, this.path);
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

/** Nine significant digits without trailing zeros. */
function digits(value: number): string {
  return String(Number(value.toPrecision(9)));
}

/** A column may hold neither nothing nor blanks. */
function word(text: string): string {
  return text.trim().replace(/\s+/g, '_') || '-';
}
