/** Hills as PLUMED writes them, and as they are handed on from run to run. */
import { type Component, fieldsHeader, fieldsRow, InputError, parseFields, periodConstants } from '../../engine/index.ts';
import { type HillForm, plainForm, sameForm } from './hill-form.ts';
import type { Hill } from './hills.ts';

/** A hill of a file. At times before 0 stand those that were there when the run began. */
export interface DatedHill extends Hill {
  readonly time: number;
}

/** Hills of a file, all of one form. */
export interface HillsOfFile {
  readonly form: HillForm;
  readonly hills: readonly DatedHill[];
}

/** The header of a file of hills. */
export function hillsHeader(components: readonly Component[], form: HillForm = plainForm): string {
  const names = components.map(({ name }) => name);
  return fieldsHeader(
    ['time', ...names, ...sigmaFields(names, form), 'height', 'biasf'],
    [['multivariate', String(form.multivariate)], ['kerneltype', form.kernel], ...periodConstants(components)],
  );
}

/** In PLUMED a lower triangle stands diagonal by diagonal. */
function sigmaFields(names: readonly string[], { multivariate }: HillForm): string[] {
  if (!multivariate) return names.map((name) => `sigma_${name}`);
  return names.flatMap((_, below) => names.slice(below).map((name, j) => `sigma_${name}_${names[j]}`));
}

/** A hill as a line. Well-tempered heights stand times gamma/(gamma - 1), as in PLUMED: their sum is then minus the free energy. */
export function hillLine(time: number, { centre, sigma, height }: Hill, biasFactor: number | null): string {
  const factor = biasFactor === null ? 1 : biasFactor / (biasFactor - 1);
  return fieldsRow([time, ...Array.from(centre), ...Array.from(sigma), height * factor, biasFactor ?? 1]);
}

/**
 * The hills of a file.
 * @throws InputError at `where` for a file that is none of hills, of other variables, or with kernels of unknown or of different forms
 */
export function readHills(text: string, components: readonly Component[], where: string): HillsOfFile {
  const form = formOf(text, where);
  const { fields, columns, rows } = parseFields(text, where);
  const names = components.map(({ name }) => name);
  const sigmas = sigmaFields(names, form);
  const missing = ['time', ...names, ...sigmas, 'height'].filter((name) => !fields.includes(name));
  if (missing.length > 0)
    throw new InputError(where, `has no field ${missing.join(', ')}; these are hills of other variables (${fields.join(', ')})`);
  const hills = Array.from({ length: rows }, (_, h) => {
    const biasFactor = columns.biasf?.[h] ?? 1;
    return {
      time: columns.time[h],
      centre: names.map((name) => columns[name][h]),
      sigma: sigmas.map((name) => columns[name][h]),
      height: columns.height[h] * (biasFactor > 1 ? (biasFactor - 1) / biasFactor : 1),
    };
  });
  return { form, hills };
}

/** What all headers of a file say. */
function formOf(text: string, where: string): HillForm {
  const said = (name: string, otherwise: string): string => {
    const found = new Set(Array.from(text.matchAll(new RegExp(`^#! SET ${name} (\\S+)`, 'gm')), ([, value]) => value));
    if (found.size > 1)
      throw new InputError(
        where,
        `says "${name}" ${[...found].join(' and ')}: it holds hills of different forms, which cannot be summed as one; give the file of one run`,
      );
    return [...found][0] ?? otherwise;
  };
  const kernel = said('kerneltype', 'gaussian');
  if (kernel !== 'gaussian' && kernel !== 'stretched-gaussian')
    throw new InputError(where, `holds kernels of the type "${kernel}"; "gaussian" and "stretched-gaussian" are understood`);
  return { kernel, multivariate: said('multivariate', 'false') === 'true' };
}

/** @throws InputError at `where` for hills of another form, which no single file can hold beside these */
export function checkForm(found: HillForm, wanted: HillForm, where: string): void {
  if (sameForm(found, wanted)) return;
  const say = ({ kernel, multivariate }: HillForm) => `${multivariate ? 'multivariate ' : ''}${kernel}`;
  throw new InputError(
    where,
    `holds hills of the form ${say(found)}, the others are ${say(wanted)}; they cannot be put together`,
  );
}

/** The same hills with the last of them an interval before time 0, where the run that takes them begins. */
export function beforeStart(hills: readonly DatedHill[], interval: number): DatedHill[] {
  const last = hills.reduce((latest, { time }) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
  return hills.map((hill) => ({ ...hill, time: hill.time - last - interval }));
}

/**
 * The hills of runs that shared them, in the order of time. Each file holds its run's own, those that it was given and those that it has read,
 * so a hill stands in several: it is known by centre and widths, which have all their digits, and counts as often as in the file with most of it.
 */
export function mergeHills(files: readonly (readonly DatedHill[])[]): DatedHill[] {
  const known = new Map<string, DatedHill[]>();
  for (const hills of files) {
    const seen = new Map<string, number>();
    for (const hill of hills) {
      const key = `${hill.centre}/${hill.sigma}`;
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      const same = known.get(key) ?? [];
      known.set(key, same);
      // What others have read later, its own walker has left at its time.
      if (before === same.length) same.push(hill);
      else if (hill.time < same[before].time) same[before] = hill;
    }
  }
  return [...known.values()].flat().sort((a, b) => a.time - b.time);
}
