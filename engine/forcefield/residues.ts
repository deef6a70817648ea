/** Reads `<Residue>`: atoms, bonds within and to other residues, virtual sites, and the patches that it allows. */
import { InputError } from '../errors.ts';
import type { ResidueTemplate, TemplateAtom, TemplateSite } from './description.ts';
import { checkAttributes, checkChildren, numberAttribute, textAttribute, type XmlElement } from './xml.ts';

/** @throws InputError at the element for what is not understood, an atom that is not there, or a name given twice */
export function readResidue(element: XmlElement): ResidueTemplate {
  // Which molecules are rigid is said by the scenario.
  checkAttributes(element, ['name', 'override', 'rigidWater']);
  checkChildren(element, ['Atom', 'Bond', 'ExternalBond', 'VirtualSite', 'AllowPatch']);
  const name = textAttribute(element, 'name');
  const atoms: TemplateAtom[] = [];
  const indices = new Map<string, number>();
  for (const child of element.children) {
    if (child.tag !== 'Atom') continue;
    const atom = readTemplateAtom(child);
    if (indices.has(atom.name))
      throw new InputError(child.where, `residue "${name}" has two atoms called "${atom.name}"; names must differ`);
    indices.set(atom.name, atoms.length);
    atoms.push(atom);
  }
  const find: AtomFinder = (child, byName, byIndex) => {
    const atom = child.attributes.get(byName);
    const i = atom === undefined ? numberAttribute(child, byIndex) : (indices.get(atom) ?? -1);
    if (!(i in atoms))
      throw new InputError(child.where, `<${child.tag}> names atom "${atom ?? i}", which residue "${name}" lacks`);
    return i;
  };
  const bonds: [number, number][] = [];
  const externalBonds: number[] = [];
  const sites: TemplateSite[] = [];
  const patches: { name: string; place: number }[] = [];
  for (const child of element.children) {
    if (child.tag === 'Bond') {
      checkAttributes(child, ['from', 'to', 'atomName1', 'atomName2']);
      bonds.push([find(child, 'atomName1', 'from'), find(child, 'atomName2', 'to')]);
    } else if (child.tag === 'ExternalBond') {
      checkAttributes(child, ['from', 'atomName']);
      externalBonds.push(find(child, 'atomName', 'from'));
    } else if (child.tag === 'VirtualSite') sites.push(readSite(child, find));
    else if (child.tag === 'AllowPatch') {
      checkAttributes(child, ['name']);
      patches.push(patchPlace(child));
    }
  }
  const override = numberAttribute(element, 'override', 0);
  return { name, atoms, bonds, externalBonds, sites, patches, override, where: element.where };
}

type AtomFinder = (child: XmlElement, byName: string, byIndex: string) => number;

/** `name="PATCH"` or `name="PATCH:2"`, counted from 1. */
function patchPlace(element: XmlElement): { name: string; place: number } {
  const [name, place = '1'] = textAttribute(element, 'name').split(':');
  if (!/^[1-9]\d*$/.test(place))
    throw new InputError(
      element.where,
      `<${element.tag}> names residue "${place}" of patch "${name}"; a number from 1 is expected`,
    );
  return { name, place: Number(place) - 1 };
}

/** Attributes beside name and type are numbers that forces may ask for (`<UseAttributeFromResidue name="charge"/>`). */
export function readTemplateAtom(element: XmlElement): TemplateAtom {
  const further = [...element.attributes.keys()].filter((name) => name !== 'name' && name !== 'type');
  return {
    name: textAttribute(element, 'name'),
    type: textAttribute(element, 'type'),
    values: new Map(further.map((name) => [name, numberAttribute(element, name)])),
  };
}

const common = ['type', 'siteName', 'index', 'excludeWith'];
const triples = (prefix: string, count: number) => Array.from({ length: count }, (_, k) => `${prefix}${k + 1}`);

/** Parents of each kind, and the attributes with its weights. */
const siteKinds = {
  average2: { parents: 2, weights: ['weight1', 'weight2'] },
  average3: { parents: 3, weights: ['weight1', 'weight2', 'weight3'] },
  outOfPlane: { parents: 3, weights: ['weight12', 'weight13', 'weightCross'] },
  localCoords: { parents: 0, weights: [] },
} as const;

function readSite(element: XmlElement, find: AtomFinder): TemplateSite {
  const kind = textAttribute(element, 'type') as keyof typeof siteKinds;
  if (!Object.hasOwn(siteKinds, kind))
    throw new InputError(
      element.where,
      `a virtual site of type "${kind}" is not supported; allowed: ${Object.keys(siteKinds).join(', ')}`,
    );
  const number = (name: string) => numberAttribute(element, name);
  let count: number = siteKinds[kind].parents;
  if (kind === 'localCoords') while (element.attributes.has(`wo${count + 1}`)) count++;
  checkAttributes(element, [
    ...common,
    ...triples('atom', count),
    ...triples('atomName', count),
    ...(kind === 'localCoords'
      ? [...triples('wo', count), ...triples('wx', count), ...triples('wy', count), ...triples('p', 3)]
      : siteKinds[kind].weights),
  ]);
  const site = find(element, 'siteName', 'index');
  const parents = triples('', count).map((k) => find(element, `atomName${k}`, `atom${k}`));
  const excludeWith = element.attributes.has('excludeWith') ? number('excludeWith') : parents[0];
  if (kind !== 'localCoords') return { kind, site, parents, weights: siteKinds[kind].weights.map(number), excludeWith };
  if (count < 2)
    throw new InputError(element.where, `a site of type localCoords has ${count} atoms (wo1, wo2, ...); it needs two at least`);
  const [p1, p2, p3] = triples('p', 3).map(number);
  const weights = (prefix: string) => triples(prefix, count).map(number);
  const frame = { origin: weights('wo'), x: weights('wx'), y: weights('wy'), position: [p1, p2, p3] as const };
  return { kind, site, parents, weights: [], frame, excludeWith };
}
