/** Reads `<Patch>` and applies patches to templates: termini, protonation states, disulphides. */
import { InputError } from '../errors.ts';
import type { Patch, PatchAtom, ResidueTemplate, TemplateAtom } from './description.ts';
import { readTemplateAtom } from './residues.ts';
import { checkAttributes, checkChildren, numberAttribute, textAttribute, type XmlElement } from './xml.ts';

const children = [
  'AddAtom',
  'ChangeAtom',
  'RemoveAtom',
  'AddBond',
  'RemoveBond',
  'AddExternalBond',
  'RemoveExternalBond',
  'ApplyToResidue',
];

/** A patch, and the residues that it names itself (`<ApplyToResidue name="2:CYS"/>`). */
export function readPatch(element: XmlElement): { patch: Patch; applies: { residue: string; place: number }[] } {
  checkAttributes(element, ['name', 'residues']);
  checkChildren(element, children);
  const name = textAttribute(element, 'name');
  const residues = numberAttribute(element, 'residues', 1);
  if (!Number.isInteger(residues) || residues < 1)
    throw new InputError(element.where, `patch "${name}" has residues="${residues}"; a whole number from 1 is expected`);
  const perResidue = <T>(): T[][] => Array.from({ length: residues }, () => []);
  const added = perResidue<TemplateAtom>();
  const changed = perResidue<TemplateAtom>();
  const removed: PatchAtom[] = [];
  const touched = new Set<string>();
  const at = (child: XmlElement, text: string): PatchAtom => {
    const { place, name: atom } = placed(text);
    if (!(place in added))
      throw new InputError(child.where, `"${text}" is of residue ${place + 1} of patch "${name}", which has ${residues}`);
    return { place, name: atom };
  };
  const touch = (child: XmlElement): PatchAtom => {
    const atom = at(child, textAttribute(child, 'name'));
    const key = `${atom.place}:${atom.name}`;
    if (touched.has(key)) throw new InputError(child.where, `patch "${name}" names atom "${atom.name}" twice`);
    touched.add(key);
    return atom;
  };
  const bond = (child: XmlElement): [PatchAtom, PatchAtom] => {
    checkAttributes(child, ['atomName1', 'atomName2']);
    return [at(child, textAttribute(child, 'atomName1')), at(child, textAttribute(child, 'atomName2'))];
  };
  const external = (child: XmlElement): PatchAtom => {
    checkAttributes(child, ['atomName']);
    return at(child, textAttribute(child, 'atomName'));
  };
  const of = (tag: string) => element.children.filter((child) => child.tag === tag);
  for (const [tag, list] of [
    ['AddAtom', added],
    ['ChangeAtom', changed],
  ] as const)
    for (const child of of(tag)) {
      const { place, name: atom } = touch(child);
      list[place].push({ ...readTemplateAtom(child), name: atom });
    }
  for (const child of of('RemoveAtom')) {
    checkAttributes(child, ['name']);
    removed.push(touch(child));
  }
  const patch: Patch = {
    name,
    residues,
    added,
    changed,
    removed,
    addedBonds: of('AddBond').map(bond),
    removedBonds: of('RemoveBond').map(bond),
    addedExternalBonds: of('AddExternalBond').map(external),
    removedExternalBonds: of('RemoveExternalBond').map(external),
    touched,
    where: element.where,
  };
  const applies = of('ApplyToResidue').map((child) => {
    checkAttributes(child, ['name']);
    const { place, name: residue } = at(child, textAttribute(child, 'name'));
    return { residue, place };
  });
  return { patch, applies };
}

/** `2:SG` is atom SG of the second residue, `SG` of the first. */
function placed(text: string): PatchAtom {
  const match = /^(\d+):(.*)$/.exec(text);
  return match ? { place: Number(match[1]) - 1, name: match[2] } : { place: 0, name: text };
}

/**
 * The template as the patch leaves the residue at `place`; bonds that it adds to another of its residues are external bonds.
 * `null` if the template lacks an atom that the patch changes or bonds, has one that it adds, or would lose an atom that another residue
 * is bonded to. That an atom to be removed is not there is no obstacle (as in OpenMM).
 */
export function patched(template: ResidueTemplate, patch: Patch, place: number): ResidueTemplate | null {
  const has = (name: string) => template.atoms.some((atom) => atom.name === name);
  const here = (atom: PatchAtom) => atom.place === place;
  const removed = patch.removed.filter(here).map((atom) => atom.name);
  if (patch.added[place].some((atom) => has(atom.name))) return null;
  if (patch.changed[place].some((atom) => !has(atom.name) || removed.includes(atom.name))) return null;
  const changed = new Map(patch.changed[place].map((atom) => [atom.name, atom]));
  const atoms = [
    ...template.atoms.filter((atom) => !removed.includes(atom.name)).map((atom) => changed.get(atom.name) ?? atom),
    ...patch.added[place],
  ];
  const index = new Map(atoms.map((atom, i) => [atom.name, i]));
  const moved = (i: number) => index.get(template.atoms[i].name);
  const cut = patch.removedBonds
    .filter(([a, b]) => here(a) && here(b))
    .flatMap(([a, b]) => [`${a.name} ${b.name}`, `${b.name} ${a.name}`]);
  const bonds: [number, number][] = [];
  for (const [a, b] of template.bonds) {
    const [i, j] = [moved(a), moved(b)];
    if (i === undefined || j === undefined) continue;
    if (!cut.includes(`${template.atoms[a].name} ${template.atoms[b].name}`)) bonds.push([i, j]);
  }
  const free = patch.removedExternalBonds.filter(here).map((atom) => atom.name);
  const externalBonds: number[] = [];
  for (const i of template.externalBonds) {
    if (free.includes(template.atoms[i].name)) continue;
    const kept = moved(i);
    if (kept === undefined) return null;
    externalBonds.push(kept);
  }
  for (const [a, b] of patch.addedBonds) {
    const [i, j] = [a, b].map((atom) => (here(atom) ? index.get(atom.name) : -1));
    if (i === undefined || j === undefined) return null;
    if (i >= 0 && j >= 0) bonds.push([i, j]);
    else if (i >= 0 || j >= 0) externalBonds.push(Math.max(i, j));
  }
  for (const atom of patch.addedExternalBonds.filter(here)) {
    const i = index.get(atom.name);
    if (i === undefined) return null;
    externalBonds.push(i);
  }
  const sites = template.sites.flatMap((site) => {
    const [own, ...others] = [site.site, site.excludeWith, ...site.parents].map(moved);
    if (own === undefined || others.some((i) => i === undefined)) return [];
    const [excludeWith, ...parents] = others as number[];
    return [{ ...site, site: own, parents, excludeWith }];
  });
  return { ...template, name: `${template.name}-${patch.name}`, atoms, bonds, externalBonds, sites, patches: [] };
}
