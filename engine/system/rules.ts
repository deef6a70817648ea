/** Forces by rule: a scenario's `forces` list, each entry one term for all bonds, angles, torsions or pairs of given types. */
import { InputError, nearest } from '../errors.ts';
import type { BondedForce, ForceDescription, NonbondedForce } from '../forces/description.ts';
import type { FieldData } from '../forces/field.ts';
import type { BondedTerm, FieldTerm, PairTerm, Parameter } from '../forces/terms.ts';
import type { Registry } from '../registry.ts';
import { parseQuantity } from '../scenario/quantity.ts';
import type { Schema } from '../scenario/schema.ts';
import type { NonbondedSettings } from './nonbonded-settings.ts';
import type { Structure } from './system.ts';
import { anglesFromBonds, bondGraph, dihedralsFromBonds, pairsByBonds } from './topology.ts';

/** One entry of `forces`: the name of a term, the types it acts between, and its parameters as quantities. */
export interface ForceRule {
  readonly type: string;
  /** Type names of the tuple, in either order; every tuple if absent. */
  readonly between?: readonly string[];
  /** For expression terms: the energy; the other keys are then its parameters, plain numbers. */
  readonly energy?: string;
  readonly [parameter: string]: unknown;
}

export const forceRulesSchema: Schema = {
  type: 'array',
  description:
    'Forces by rule, for example { "type": "lennard-jones", "sigma": 1, "epsilon": 1 }. `md list bonded`, `md list pair` and `md list field` name the terms.',
  items: {
    type: 'object',
    required: ['type'],
    properties: {
      type: { type: 'string', description: 'Name of a bonded or pair term, or of an external field.' },
      between: {
        type: 'array',
        items: { type: 'string' },
        description: 'Particle types of the tuple, in either order; all if absent.',
      },
      energy: { type: 'string', description: 'For expression terms: the energy as a function of r, theta or phi.' },
    },
    additionalProperties: {
      type: ['number', 'string'],
      description: 'A parameter of the term, as a number or a string with a unit.',
    },
  },
};

/** Compiles rules into descriptions. Throws InputError for unknown terms, parameters and types, and for pairs left without parameters. */
export function forcesFromRules(
  rules: readonly ForceRule[],
  structure: Structure,
  nonbonded: NonbondedSettings,
  registry: Registry,
  where: string,
): ForceDescription[] {
  const forces: ForceDescription[] = [];
  const pairRules: { rule: ForceRule; where: string }[] = [];
  rules.forEach((rule, k) => {
    const here = `${where}[${k}]`;
    for (const name of rule.between ?? []) checkType(name, structure, `${here}.between`);
    if (registry.has('bonded', rule.type)) forces.push(bondedForce(rule, structure, registry.get('bonded', rule.type), here));
    else if (registry.has('pair', rule.type)) pairRules.push({ rule, where: here });
    else if (registry.has('field', rule.type)) forces.push(fieldForce(rule, structure, registry.get('field', rule.type), here));
    else {
      const known = [...registry.names('bonded'), ...registry.names('pair'), ...registry.names('field')];
      const near = nearest(rule.type, known);
      throw new InputError(
        `${here}.type`,
        `no term is called "${rule.type}"; ${near ? `did you mean "${near}"? ` : ''}known: ${known.join(', ')}`,
      );
    }
  });
  for (const name of new Set(pairRules.map((r) => r.rule.type))) {
    const ofTerm = pairRules.filter((r) => r.rule.type === name);
    forces.push(pairForce(ofTerm, structure, nonbonded, registry.get('pair', name)));
  }
  return forces;
}

function bondedForce(rule: ForceRule, structure: Structure, term: BondedTerm, where: string): BondedForce {
  const graph = bondGraph(structure.mass.length, structure.bonds);
  const [arity, tuples] =
    term.coordinate === 'distance'
      ? [2, structure.bonds]
      : term.coordinate === 'dihedral'
        ? [4, dihedralsFromBonds(graph)]
        : [3, anglesFromBonds(graph)];
  const wanted = rule.between;
  if (wanted && wanted.length !== arity) {
    throw new InputError(`${where}.between`, `names ${wanted.length} types; a ${rule.type} has ${arity} particles`);
  }
  const atoms: number[] = [];
  for (let k = 0; k < tuples.length; k += arity) {
    const tuple = tuples.subarray(k, k + arity);
    const types = Array.from(tuple, (i) => structure.typeNames[structure.type[i]]);
    if (!wanted || same(types, wanted) || same(types.toReversed(), wanted)) atoms.push(...tuple);
  }
  if (atoms.length === 0) {
    throw new InputError(
      where,
      `the rule for ${rule.type} finds no ${term.coordinate === 'distance' ? 'bond' : term.coordinate} to act on; check the bonds and the types in "between"`,
    );
  }
  const { values, expression } = parametersOf(rule, term.parameters, structure, where);
  const count = atoms.length / arity;
  const parameters = new Float64Array(count * values.length);
  for (let k = 0; k < count; k++) parameters.set(values, k * values.length);
  return { kind: 'bonded', term: term.name, atoms: Int32Array.from(atoms), parameters, ...(expression ? { expression } : {}) };
}

function fieldForce(rule: ForceRule, structure: Structure, term: FieldTerm, where: string): ForceDescription {
  if (rule.between)
    throw new InputError(`${where}.between`, `is not for ${term.name}: a field acts on every particle; leave it out`);
  const { values, expression } = parametersOf(rule, term.parameters, structure, where);
  const data: FieldData = { field: term, parameters: Float64Array.from(values), ...(expression ? { expression } : {}) };
  return { kind: 'custom', term: 'field', label: term.name, data };
}

function pairForce(
  rules: readonly { rule: ForceRule; where: string }[],
  structure: Structure,
  nonbonded: NonbondedSettings,
  term: PairTerm,
): NonbondedForce {
  const types = structure.typeNames.length;
  const first = parametersOf(rules[0].rule, term.parameters, structure, rules[0].where);
  const width = first.values.length;
  const matrix = new Float64Array(types * types * width).fill(Number.NaN);
  // General rules first, so that a rule for a certain pair of types overrides one for all.
  for (const { rule, where } of rules.toSorted((a, b) => Number(Boolean(a.rule.between)) - Number(Boolean(b.rule.between)))) {
    const { values } = parametersOf(rule, term.parameters, structure, where);
    if (rule.between && rule.between.length !== 2)
      throw new InputError(`${where}.between`, `names ${rule.between.length} types; a pair has two`);
    for (let a = 0; a < types; a++)
      for (let b = 0; b < types; b++) {
        const pair = [structure.typeNames[a], structure.typeNames[b]];
        if (!rule.between || same(pair, rule.between) || same(pair.toReversed(), rule.between))
          matrix.set(values, (a * types + b) * width);
      }
  }
  const missing = matrix.findIndex((v) => Number.isNaN(v));
  if (missing >= 0) {
    const pair = Math.floor(missing / width);
    throw new InputError(
      rules[0].where,
      `no ${term.name} parameters for the pair of types ${structure.typeNames[Math.floor(pair / types)]} and ${structure.typeNames[pair % types]}; add a rule with "between"`,
    );
  }
  let cutoff = nonbonded.cutoff;
  if (term.range) {
    cutoff = 0;
    for (let k = 0; k < types * types; k++) cutoff = Math.max(cutoff, term.range(matrix, k * width));
  }
  return {
    kind: 'nonbonded',
    label: term.name,
    cutoff,
    pair: {
      term: term.name,
      parameters: matrix,
      width,
      modifier: term.range ? 'none' : nonbonded.modifier,
      ...(nonbonded.switchDistance === undefined ? {} : { switchDistance: nonbonded.switchDistance }),
      ...(term.name === 'lennard-jones' ? { dispersionCorrection: nonbonded.dispersionCorrection ?? false } : {}),
      ...(first.expression ? { expression: first.expression } : {}),
    },
    coulomb: structure.charge.some((q) => q !== 0) ? nonbonded.coulomb : null,
    exclusions: pairsByBonds(bondGraph(structure.mass.length, structure.bonds), 1, nonbonded.excludeWithinBonds),
  };
}

/** The rule's parameters in the term's order, or, for an expression, all its keys in their order. */
function parametersOf(
  rule: ForceRule,
  declared: readonly Parameter[],
  structure: Structure,
  where: string,
): { values: number[]; expression: { energy: string; names: string[] } | null } {
  const given = Object.keys(rule).filter((key) => key !== 'type' && key !== 'between' && key !== 'energy');
  if (rule.energy !== undefined) {
    const values = given.map((name) =>
      parseQuantity(rule[name] as number | string, 'dimensionless', structure.units, `${where}.${name}`),
    );
    return { values, expression: { energy: rule.energy, names: given } };
  }
  const names = declared.map((p) => p.name);
  for (const name of given) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new InputError(
      `${where}.${name}`,
      `${rule.type} has no such parameter${near ? `; did you mean "${near}"?` : ''} Its parameters: ${names.join(', ')}`,
    );
  }
  const values = declared.map((p) => {
    const value = rule[p.name];
    if (value === undefined && p.default !== undefined) return p.default;
    if (value === undefined) throw new InputError(where, `${rule.type} needs "${p.name}" (${p.description})`);
    return parseQuantity(value as number | string, p.dimension, structure.units, `${where}.${p.name}`);
  });
  return { values, expression: null };
}

function checkType(name: string, structure: Structure, where: string): void {
  if (structure.typeNames.includes(name)) return;
  const near = nearest(name, structure.typeNames);
  throw new InputError(
    where,
    `no particle has the type "${name}"${near ? `; did you mean "${near}"?` : ''} Types: ${structure.typeNames.join(', ')}`,
  );
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, k) => name === b[k]);
}
