/** Reading run folders without trusting them: whatever is absent, torn or of another shape becomes `null`, never an error. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Json = Readonly<Record<string, unknown>>;

/** The object in a JSON file, or null. */
export function readJsonObject(path: string): Json | null {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isObject(content) ? content : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The numbers of a list; empty if it is not one or holds something else. */
export function numbers(value: unknown): number[] {
  const found = list(value);
  return found.every((x) => typeof x === 'number' && Number.isFinite(x)) ? (found as number[]) : [];
}

/** Columns of a CSV file of numbers, by header without unit; `unit` holds what stood in parentheses. Cells that are no number are NaN. */
export interface Columns {
  readonly names: readonly string[];
  readonly unit: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Float64Array>>;
  readonly rows: number;
}

/** Reads a CSV file; rows that are shorter than the header (a torn last line) are left out. Null if there is no such table. */
export function readColumns(path: string): Columns | null {
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length < 2) return null;
  const heads = lines[0].split(',').map((cell) => /^"?(.*?)(?: \(([^()]*)\))?"?$/.exec(cell.trim()));
  const names = heads.map((match) => match?.[1] ?? '');
  const rows = lines.slice(1).map((line) => line.split(','));
  const whole = rows.filter((row) => row.length === names.length);
  const values: Record<string, Float64Array> = {};
  names.forEach((name, c) => {
    values[name] = Float64Array.from(whole, (row) => (row[c].trim() === '' ? Number.NaN : Number(row[c])));
  });
  return { names, unit: Object.fromEntries(heads.map((match, c) => [names[c], match?.[2] ?? ''])), values, rows: whole.length };
}

/** Names of the files in a folder; none if it is absent. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

export function has(folder: string, file: string): boolean {
  return existsSync(join(folder, file));
}
