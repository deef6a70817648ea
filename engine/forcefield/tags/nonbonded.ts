/**
 * `<NonbondedForce coulomb14scale lj14scale> <UseAttributeFromResidue name="charge"/> <Atom type|class charge sigma epsilon/>`.
 *
 * Additions to ffxml, each with OpenMM's behaviour as default:
 *   combination="lorentz-berthelot" | "geometric"   how sigma mixes (epsilon is geometric in both)
 *   potential="lennard-jones" | "wca"               wca: cut at the minimum and shifted, its own cut-off (Weeks, Chandler & Andersen 1971)
 *   bondCutoff="3"                                  pairs up to so many bonds apart do not interact, except for the scaled 1-4 pairs at 3;
 *                                                   0 in the Kremer-Grest model, where bonded beads repel each other too
 */
import { InputError } from '../../errors.ts';
import type { ForceDescription, NonbondedForce } from '../../forces/description.ts';
import { pow } from '../../math/functions.ts';
import { particleLabel } from '../../system/structure.ts';
import { pairsByBonds } from '../../system/topology.ts';
import type { AssignContext, AssignedForce, ForceTag } from '../description.ts';
import { typesAt } from '../matching.ts';
import { checkAttributes, checkChildren, numberAttribute, textAttribute, type XmlElement } from '../xml.ts';

type Combination = 'lorentz-berthelot' | 'geometric';
type Potential = 'lennard-jones' | 'wca';

interface Options {
  readonly combination: Combination;
  readonly potential: Potential;
  readonly bondCutoff: number;
  readonly coulomb14scale: number;
  readonly lj14scale: number;
}

interface Mixed {
  readonly sigma: number;
  readonly epsilon: number;
}

export const nonbondedTag: ForceTag = {
  tag: 'NonbondedForce',
  covers: 'particles',
  assign(elements, context): AssignedForce {
    const options = readOptions(elements);
    const fromResidue = new Set(
      elements.flatMap((element) =>
        element.children.filter((child) => child.tag === 'UseAttributeFromResidue').map((child) => textAttribute(child, 'name')),
      ),
    );
    for (const name of fromResidue)
      if (name !== 'charge')
        throw new InputError(elements[0].where, `<UseAttributeFromResidue name="${name}"/> is not supported; allowed: charge`);
    const ofType = readAtoms(elements, fromResidue.has('charge'), context);
    const charge = fromResidue.has('charge')
      ? residueCharges(context)
      : Float64Array.from(context.structure.type, (t) => ofType[t].charge);
    const types = ofType.length;
    const parameters = new Float64Array(2 * types * types);
    for (let a = 0; a < types; a++)
      for (let b = 0; b < types; b++) {
        const { sigma, epsilon } = mix(ofType[a], ofType[b], options.combination);
        parameters.set([sigma, epsilon], 2 * (a * types + b));
      }
    const charged = context.nonbonded.coulomb !== null && charge.some((q) => q !== 0);
    return { charge, forces: describe(options, parameters, types, charge, charged, context) };
  },
};

function readOptions(elements: readonly XmlElement[]): Options {
  const read = elements.map((element): Options => {
    checkAttributes(element, ['coulomb14scale', 'lj14scale', 'combination', 'potential', 'bondCutoff']);
    checkChildren(element, ['Atom', 'UseAttributeFromResidue']);
    return {
      combination: choice(element, 'combination', ['lorentz-berthelot', 'geometric']),
      potential: choice(element, 'potential', ['lennard-jones', 'wca']),
      bondCutoff: Number(choice(element, 'bondCutoff', ['3', '2', '1', '0'])),
      coulomb14scale: numberAttribute(element, 'coulomb14scale', 1),
      lj14scale: numberAttribute(element, 'lj14scale', 1),
    };
  });
  read.forEach((options, k) => {
    for (const key of Object.keys(options) as (keyof Options)[])
      if (options[key] !== read[0][key])
        throw new InputError(
          elements[k].where,
          `<NonbondedForce> has ${key} ${options[key]} here, but ${read[0][key]} at ${elements[0].where}`,
        );
  });
  return read[0];
}

function choice<T extends string>(element: XmlElement, name: string, allowed: readonly T[]): T {
  const value = (element.attributes.get(name) ?? allowed[0]) as T;
  if (!allowed.includes(value))
    throw new InputError(element.where, `${name}="${value}" of <${element.tag}>; allowed: ${allowed.join(', ')}`);
  return value;
}

/** Parameters of each type of the structure; an atom's type beats its class, and the first element of equal rank wins. */
function readAtoms(
  elements: readonly XmlElement[],
  chargesElsewhere: boolean,
  context: AssignContext,
): (Mixed & { charge: number })[] {
  const needed = chargesElsewhere ? ['sigma', 'epsilon'] : ['charge', 'sigma', 'epsilon'];
  const atoms = elements
    .flatMap((element) => element.children.filter((child) => child.tag === 'Atom'))
    .map((element) => {
      checkAttributes(element, ['type', 'class', ...needed]);
      const [sigma, epsilon] = [numberAttribute(element, 'sigma'), numberAttribute(element, 'epsilon')];
      if (sigma < 0 || epsilon < 0)
        throw new InputError(element.where, `sigma ${sigma} and epsilon ${epsilon} must not be negative`);
      return {
        types: typesAt(element, '', context),
        byType: element.attributes.has('type'),
        charge: chargesElsewhere ? 0 : numberAttribute(element, 'charge'),
        sigma,
        epsilon,
      };
    });
  const { structure } = context;
  return structure.typeNames.map((name, t) => {
    const fitting = atoms.filter((atom) => atom.types === null || atom.types.has(name));
    const atom = fitting.find((candidate) => candidate.byType) ?? fitting[0];
    if (!atom)
      throw new InputError(
        context.where,
        `the force field has no non-bonded parameters for type "${name}" (class "${context.field.atomTypes.get(name)?.class}"), needed for particle ` +
          `${particleLabel(structure, structure.type.indexOf(t))}; add an <Atom> to <NonbondedForce>`,
      );
    return atom;
  });
}

function residueCharges(context: AssignContext): Float64Array {
  return Float64Array.from(context.structure.mass, (_, i) => {
    const charge = context.templateValues(i).get('charge');
    if (charge === undefined)
      throw new InputError(
        context.where,
        `the template of particle ${particleLabel(context.structure, i)} gives it no charge, as <UseAttributeFromResidue> asks`,
      );
    return charge;
  });
}

/** Lorentz (sigma) and Berthelot (epsilon), or the geometric mean of both (OPLS). */
function mix(a: Mixed, b: Mixed, combination: Combination): Mixed {
  const sigma = combination === 'geometric' ? Math.sqrt(a.sigma * b.sigma) : (a.sigma + b.sigma) / 2;
  return { sigma, epsilon: Math.sqrt(a.epsilon * b.epsilon) };
}

function describe(
  options: Options,
  parameters: Float64Array,
  types: number,
  charge: Float64Array,
  charged: boolean,
  context: AssignContext,
): ForceDescription[] {
  const { nonbonded, graph, structure } = context;
  const wca = options.potential === 'wca';
  const widest = parameters.reduce((largest, value, k) => (k % 2 === 0 ? Math.max(largest, value) : largest), 0);
  const force: NonbondedForce = {
    kind: 'nonbonded',
    label: options.potential,
    cutoff: wca && !charged ? pow(2, 1 / 6) * widest : nonbonded.cutoff,
    pair: {
      term: options.potential,
      parameters,
      width: 2,
      modifier: wca ? 'none' : nonbonded.modifier,
      ...(!wca && nonbonded.switchDistance !== undefined && { switchDistance: nonbonded.switchDistance }),
    },
    coulomb: charged ? nonbonded.coulomb : null,
    exclusions: options.bondCutoff === 0 ? new Int32Array(0) : pairsByBonds(graph, 1, options.bondCutoff),
  };
  const pairs = options.bondCutoff === 3 ? pairsByBonds(graph, 3, 3) : new Int32Array(0);
  const scaled: number[] = [];
  for (let p = 0; p < pairs.length; p += 2) {
    const [i, j] = [pairs[p], pairs[p + 1]];
    const k = 2 * (structure.type[i] * types + structure.type[j]);
    const product = charged ? options.coulomb14scale * charge[i] * charge[j] : 0;
    scaled.push(parameters[k], options.lj14scale * parameters[k + 1], product);
  }
  if (pairs.length === 0 || scaled.every((value, k) => k % 3 === 0 || value === 0)) return [force];
  if (wca)
    throw new InputError(
      context.where,
      'scaled 1-4 interactions of the wca potential are not supported; set lj14scale="0" or bondCutoff="2"',
    );
  return [force, { kind: 'pair-list', label: 'pairs-1-4', atoms: pairs, parameters: Float64Array.from(scaled) }];
}
