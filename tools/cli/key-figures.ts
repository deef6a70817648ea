/** The few numbers by which a person judges a finished stage, read from the files that its kind leaves. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitSystem } from '../../engine/index.ts';
import { figure } from './format.ts';

type Json = Readonly<Record<string, unknown>>;

/** For each file a stage may leave: how it is put into words. */
const readers: Readonly<Record<string, (json: Json, units: UnitSystem) => string[]>> = {
  'compare.json': compareFigures,
  'model.json': modelFigures,
  'mapping.json': mappingFigures,
  'summary.json': summaryFigures,
};

/** Key figures of the stage in a folder, such as `["temperature 143.1 K", "12.3 ns/day"]`; empty where there are none. */
export function keyFigures(folder: string, units: UnitSystem): string[] {
  return Object.entries(readers).flatMap(([file, read]) => {
    const path = join(folder, file);
    if (!existsSync(path)) return [];
    try {
      return read(JSON.parse(readFileSync(path, 'utf8')) as Json, units);
    } catch {
      return []; // another plugin's file of the same name: the figures are a courtesy
    }
  });
}

function compareFigures(json: Json): string[] {
  const found: string[] = [];
  for (const item of list(json.rdf)) found.push(`g(r) ${item.pair}: mean error ${shown(item.meanAbsoluteError)}`);
  for (const item of list(json.bonds)) found.push(`bond ${item.name}: overlap ${shown(item.overlap)}`);
  const speed = (json.speed as Json | undefined)?.ratio;
  if (isNumber(speed)) found.push(`speed x ${figure(speed)}`);
  return found;
}

function modelFigures(json: Json): string[] {
  return isNumber(json.validation) ? [`force error ${shown(json.validation)}, noise floor ${shown(json.noiseFloor)}`] : [];
}

function mappingFigures(json: Json, units: UnitSystem): string[] {
  if (!isNumber(json.reconstruction)) return [];
  return [
    `${json.atomsPerMolecule} atoms -> ${json.sites} sites`,
    `reconstruction ${shown(json.reconstruction)} ${units === 'md' ? 'nm' : 'sigma'}2 (bound ${shown(json.pcaBound)})`,
  ];
}

function summaryFigures(json: Json, units: UnitSystem): string[] {
  const found: string[] = [];
  const averages = (json.averages ?? {}) as Json;
  for (const name of ['temperature', 'density', 'pressure']) {
    const average = averages[name] as Json | undefined;
    if (isNumber(average?.mean)) found.push(`${name} ${figure(average.mean)}${average.unit ? ` ${average.unit}` : ''}`);
  }
  if (isNumber(json.nsPerDay)) found.push(`${figure(json.nsPerDay)} ${units === 'md' ? 'ns' : 'tau'}/day`);
  else if (isNumber(json.stepsPerSecond)) found.push(`${figure(json.stepsPerSecond)} steps/s`);
  return found;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function shown(value: unknown): string {
  return isNumber(value) ? figure(value) : '-';
}
