/**
 * Tables in PLUMED's text format (COLVAR, HILLS, KERNELS, grids), written and read:
 *
 *     #! FIELDS time phi psi meta.bias
 *     #! SET min_phi -pi
 *     #! SET max_phi pi
 *      0 -1.2 0.8 3.4
 *
 * Lines that begin with # and are no `#! FIELDS` or `#! SET` are comments; a second header begins what a restart has added.
 */
import { InputError } from '../errors.ts';
import type { Component } from '../variables/variable.ts';

export interface FieldsTable {
  readonly fields: readonly string[];
  /** What `#! SET` says, as it stands there. */
  readonly constants: Readonly<Record<string, string>>;
  /** One array a field. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly rows: number;
}

/** The header, without the newline at its end. */
export function fieldsHeader(fields: readonly string[], constants: readonly (readonly [string, string | number])[] = []): string {
  return [`#! FIELDS ${fields.join(' ')}`, ...constants.map(([name, value]) => `#! SET ${name} ${value}`)].join('\n');
}

/** The constants that say where periodic components begin and end. */
export function periodConstants(components: readonly Component[]): [string, string][] {
  return components.flatMap(({ name, period }): [string, string][] =>
    period
      ? [
          [`min_${name}`, piText(period.from)],
          [`max_${name}`, piText(period.to)],
        ]
      : [],
  );
}

function piText(x: number): string {
  if (x === Math.PI) return 'pi';
  return x === -Math.PI ? '-pi' : String(x);
}

/** A number of a header: pi, -pi and 2*pi are understood. */
export function fieldNumber(text: string): number {
  const found = /^([+-]?)(?:([\d.]+)\*)?pi$/.exec(text);
  if (!found) return Number(text);
  return (found[1] === '-' ? -1 : 1) * (found[2] ? Number(found[2]) : 1) * Math.PI;
}

/** A row, all digits of its numbers. */
export function fieldsRow(values: Iterable<number>): string {
  let text = '';
  for (const value of values) text += ` ${value}`;
  return text;
}

/** @throws InputError at `where` for a table without header, or a row that does not fit it; a torn last line is left out */
export function parseFields(text: string, where: string): FieldsTable {
  let fields: readonly string[] = [];
  const constants: Record<string, string> = {};
  const data: number[][] = [];
  const lines = text.split('\n');
  const torn = lines.pop();
  if (torn && lines.length === 0) lines.push(torn);
  lines.forEach((line, k) => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '' || (words[0].startsWith('#') && words[0] !== '#!')) return;
    if (words[0] === '#!' && words[1] === 'FIELDS') {
      const found = words.slice(2);
      if (fields.length > 0 && found.join(' ') !== fields.join(' '))
        throw new InputError(`${where}:${k + 1}`, 'a second header with other fields; the file is of two different runs');
      fields = found;
    } else if (words[0] === '#!') {
      if (words[1] === 'SET') constants[words[2]] = words[3];
    } else {
      if (fields.length === 0) throw new InputError(where, 'has no line "#! FIELDS ..." before its first row');
      if (words.length !== fields.length)
        throw new InputError(`${where}:${k + 1}`, `a row of ${words.length} numbers under ${fields.length} fields`);
      data.push(words.map(Number));
    }
  });
  if (fields.length === 0) throw new InputError(where, 'has no line "#! FIELDS ...": it is no table in PLUMED\'s format');
  const columns = Object.fromEntries(fields.map((name, f) => [name, Float64Array.from(data, (row) => row[f])]));
  return { fields, constants, columns, rows: data.length };
}
