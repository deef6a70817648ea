/** The section "Mapping": which atoms form a site, how good that is, and what decoding gave back. */
import { join } from 'node:path';
import { type Html, html, show, table } from './html.ts';
import { trainingFigures } from './learning.ts';
import { courseFigures, decodingTable, encoderChart, scanFigures } from './mapping-figures.ts';
import type { Page, Section } from './page.ts';
import { isObject, type Json, list, number, numbers, object, readJsonObject, text } from './read.ts';
import type { RunView, StageView } from './run.ts';
import { withTrajectory } from './trajectories.ts';
import { moleculeView, superposedView } from './view.ts';

interface MappingView {
  readonly stage: StageView;
  readonly mapping: Json;
  readonly assignment: readonly number[];
  readonly atoms: readonly string[];
  readonly siteNames: readonly string[];
  /** The unit of a reconstruction error. */
  readonly square: string;
}

export async function mappingSections(run: RunView, page: Page): Promise<Section[]> {
  const views = run.stages.flatMap((stage) => {
    const mapping = readJsonObject(join(stage.folder, 'mapping.json'));
    return mapping ? [viewOf(stage, mapping)] : [];
  });
  if (views.length === 0) return [];
  const parts: Html[] = [];
  for (const view of views) parts.push(await showMapping(run, view, page));
  return [
    { id: 'mapping', title: 'Mapping', content: html`${views.length > 1 ? sideBySide(views) : ''}${parts}${decodingTable(run)}` },
  ];
}

function viewOf(stage: StageView, mapping: Json): MappingView {
  const assignment = numbers(mapping.assignment);
  const sites = number(mapping.sites) ?? Math.max(0, ...assignment) + 1;
  const types = list(mapping.siteTypes).map((name) => String(name));
  return {
    stage,
    mapping,
    assignment,
    atoms: list(mapping.atoms).map((atom) => text(object(atom).name) ?? ''),
    siteNames: Array.from({ length: sites }, (_, s) => `S${s}${types[s] ? ` ${types[s]}` : ''}`),
    square: stage.units === 'md' ? 'nm\u00b2' : '\u03c3\u00b2',
  };
}

/** Where the assignment is from, in words. */
function originOf({ mapping }: MappingView): string {
  const origin = text(mapping.origin) ?? (list(mapping.seeds).length > 0 ? 'trained' : 'given');
  if (origin === 'trained') return 'learned';
  if (origin === 'joint') return 'learned with the potential';
  return origin === 'given' ? 'by hand' : `rule ${origin}`;
}

/** Learned and given mappings in one table. */
function sideBySide(views: readonly MappingView[]): Html {
  const rows = views.map((view) => {
    const { mapping, stage, siteNames } = view;
    const pieces = numbers(mapping.fragments).reduce((sum, count) => sum + count, 0);
    return [
      stage.name,
      stage.inputs.from ?? text(stage.settings.from) ?? '\u2013',
      originOf(view),
      String(siteNames.length),
      show(number(mapping.reconstruction), 4),
      show(number(mapping.pcaBound), 4),
      show(number(mapping.equalBlocks), 4),
      show(number(mapping.force), 4),
      pieces > 0 ? String(pieces) : '\u2013',
    ];
  });
  const heads = [
    'mapping',
    'of',
    'from',
    'sites',
    `reconstruction (${views[0].square})`,
    'PCA bound',
    'equal blocks',
    'mean square force a site',
    'connected pieces',
  ];
  return table(
    heads.map((head, k) => ({ head, numeric: k > 2 })),
    rows,
  );
}

async function showMapping(run: RunView, view: MappingView, page: Page): Promise<Html> {
  const { stage, mapping, assignment, atoms, siteNames, square } = view;
  const [reconstruction, bound] = [number(mapping.reconstruction), number(mapping.pcaBound)];
  const excess = reconstruction !== null && bound !== null && bound > 0 ? reconstruction / bound - 1 : null;
  const least = `the least that any linear map to as many sites can reach (${show(bound)} ${square})`;
  const above = excess === null ? '' : excess < 1e-3 ? `: ${least}` : `, ${show(100 * excess, 2)}\u202f% above ${least}`;
  const given = `${atoms.length || assignment.length} atoms a molecule and ${siteNames.length} sites`;
  const how =
    mapping.origin === 'joint'
      ? `Atoms changed between sites while the potential was fitted anew for every change: ${given}.`
      : originOf(view) === 'learned'
        ? `An autoencoder was given ${given}, and chose which atom belongs to which site.${forceTermInWords(view)}`
        : `Which atom belongs to which site was given (${originOf(view)}): ${given}.`;
  return html`<h3>${stage.name}</h3>
    <p>${how} The positions it gives back differ by ${show(reconstruction)} ${square} a coordinate${above}.</p>
    <div class="grid">${await moleculeFigures(run, view, page)}
    <figure>${page.chart(encoderChart(mapping, assignment, atoms, siteNames))}<figcaption><b>Encoder matrix</b>: the weight of each atom in the position
    of each site. Rows add up to 1.</figcaption></figure>
    </div>${scanFigures(mapping, square, page)}${seedTable(mapping, square)}${jointTable(stage)}${courseFigures(stage, atoms, assignment, page)}<div class="grid small">${trainingFigures(stage, null, page)}</div>`;
}

/** The first molecule of the run that the mapping is of, at its end: coloured by site, and under what the decoder makes of its sites. */
async function moleculeFigures(run: RunView, view: MappingView, page: Page): Promise<Html | ''> {
  const { stage, mapping, assignment, siteNames } = view;
  const source = run.stages.find((one) => one.name === (stage.inputs.from ?? text(stage.settings.from)));
  if (!source || assignment.length === 0) return '';
  const decoder = list(mapping.decoder).map(numbers);
  const views = await withTrajectory(source, (trajectory) => {
    const frame = trajectory.frame(trajectory.length - 1);
    const molecule = moleculeView(trajectory.structure, frame, assignment, siteNames);
    const fits = decoder.length === assignment.length && decoder.every((row) => row.length === siteNames.length);
    return { molecule, superposed: fits ? superposedView(trajectory.structure, frame, assignment, decoder) : null };
  });
  if (!views) return '';
  const legend = siteNames
    .slice(0, 12)
    .map(
      (name, s) =>
        html`<span style="white-space:nowrap;margin-left:.6em"><span class="dot" style="color:var(--c${s % 6})"></span>${name}</span>`,
    );
  return html`<figure class="molecule">${page.view(views.molecule, `Molecule coloured by site, ${stage.name}`)}<figcaption>One molecule; colour is the site that an atom was given to. ${legend}</figcaption></figure>${
    views.superposed
      ? html`<figure class="molecule">${page.view(views.superposed, `Atoms, sites and decoded atoms, ${stage.name}`)}<figcaption>Encoded and decoded: atoms (grey), their sites
        (large), and the atoms that the linear decoder makes of the sites (small, coloured).</figcaption></figure>`
      : ''
  }`;
}

function seedTable(mapping: Json, square: string): Html | '' {
  const seeds = list(mapping.seeds).filter(isObject);
  if (seeds.length === 0) return '';
  const force = (value: unknown): string => show(number(value), 4);
  const alike = new Map<string, Json[]>();
  for (const seed of seeds) {
    const key = numbers(seed.assignment).join(' ');
    alike.set(key, [...(alike.get(key) ?? []), seed]);
  }
  const rows = [...alike.values()].map(([seed, ...others]) => [
    [seed, ...others].map((one) => show(number(one.seed))).join(', '),
    shortAssignment(numbers(seed.assignment)),
    show(number(seed.sites)),
    show(number(seed.reconstruction), 4),
    show(number(seed.pcaBound), 4),
    force(seed.force),
  ]);
  const heads = [
    'seeds',
    'site of each atom',
    'sites used',
    `reconstruction (${square})`,
    `PCA bound (${square})`,
    'mean square force a site',
  ];
  const maps = alike.size === 1 ? ', all of which arrived at one map' : ', seeds that arrived at the same map together';
  return html`<h4>From ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds${maps}`}</h4>${table(
    heads.map((head, k) => ({ head, numeric: k !== 1 })),
    rows,
  )}`;
}

/** What the weight of the forces multiplied. */
function forceTermInWords({ stage }: MappingView): string {
  if (list(stage.settings.forceWeight).length === 0 && !number(stage.settings.forceWeight)) return '';
  return stage.settings.forceTerm === 'square'
    ? ' Forces count by their mean square.'
    : ' Forces count by their mean square over the mass of the site: by how fast it moves.';
}

/** The moves of a joint training. */
function jointTable(stage: StageView): Html | '' {
  const joint = readJsonObject(join(stage.folder, 'joint.json'));
  if (!joint) return '';
  const course = list(joint.course).filter(isObject);
  const rows = course.map((step, k) => [
    k === 0 ? 'start' : list(step.moved).join(' '),
    show(number(step.loss), 4),
    show(number(step.reconstruction), 4),
    show(number(step.total), 4),
    show(number(step.unexplained), 4),
  ]);
  const heads = ['atoms that changed their site', 'loss', 'reconstruction', 'forces', 'of them not explained by the potential'];
  return html`<h4>Map and potential together</h4><p>${show(number(joint.tried))} changes were tried, each with a potential of its own; the loss is the
    reconstruction plus ${show(number(joint.forceWeight))} times the forces that the potential does not explain. All are fractions of the atoms’ values.</p>${table(
      heads.map((head, k) => ({ head, numeric: k > 0 })),
      rows,
    )}`;
}

function shortAssignment(assignment: readonly number[]): string {
  const words = assignment.join(' ');
  return words.length > 60 ? `${words.slice(0, 57)}\u2026` : words;
}
