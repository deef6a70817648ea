/** The report: one self-contained HTML file that tells the story of a run folder. */
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { biasSection } from './biases.ts';
import { type ComparisonGroup, comparisonSection, readComparisons } from './comparisons.ts';
import { effectiveDynamicsSection } from './effective-dynamics.ts';
import { freeEnergySection } from './free-energies.ts';
import { html } from './html.ts';
import { impliedTimesSection } from './implied-times.ts';
import { trainingSection } from './learning.ts';
import { loopSection } from './loops.ts';
import { mappingSections } from './mappings.ts';
import { overview } from './overview.ts';
import { assemble, Page } from './page.ts';
import { potentialsSection } from './potentials.ts';
import { provenanceSection } from './provenance.ts';
import { type RunView, readRun } from './run.ts';
import { simulationsSection } from './simulations.ts';
import { unvalidated } from './statuses.ts';
import { systemsSection } from './systems.ts';
import { variablesSection } from './variables.ts';
import { findWarnings } from './warnings.ts';

/**
 * Writes `report.html` into a run folder and returns its path. Shows whatever there is: runs that failed, were interrupted or hold
 * only simulations have the sections that their files allow. Nothing in the page is loaded from a network.
 */
export async function writeReport(runFolder: string): Promise<string> {
  const folder = resolve(runFolder);
  const document = await renderReport(folder);
  const path = join(folder, 'report.html');
  await writeFile(`${path}.${process.pid}.tmp`, document);
  await rename(`${path}.${process.pid}.tmp`, path);
  return path;
}

/** The document that `writeReport` writes. */
export async function renderReport(runFolder: string): Promise<string> {
  const run = readRun(runFolder);
  const page = new Page();
  const groups = readComparisons(run);
  const compared = new Set(groups.flatMap((group) => [group.reference, ...group.candidates.map((c) => c.name)]));
  const colourOf = stageColours(run, groups);
  const sections = [
    ...(await systemsSection(run, page)),
    ...(await mappingSections(run, page)),
    ...trainingSection(run, page, colourOf),
    ...(await potentialsSection(run, page, colourOf)),
    ...comparisonSection(groups, page),
    ...variablesSection(run, page),
    ...biasSection(run, page),
    ...freeEnergySection(run, page),
    ...effectiveDynamicsSection(run, page),
    ...impliedTimesSection(run, page),
    ...loopSection(run, page),
    ...(await simulationsSection(run, page, compared)),
    provenanceSection(run),
  ];
  const header = overview(run, groups, findWarnings(run, await unvalidated(run)));
  return assemble(`${run.name} \u00b7 md report`, html`${header}`, sections, page.data);
}

/** A potential has the colour of the simulation that was compared; others take the next free place. */
function stageColours(run: RunView, groups: readonly ComparisonGroup[]): (stage: string) => number {
  const colours = new Map<string, number>();
  for (const candidate of groups.flatMap((group) => group.candidates)) {
    const source = run.stages.find((stage) => stage.name === candidate.name)?.inputs['system.from'];
    for (const name of [candidate.name, source]) if (name && !colours.has(name)) colours.set(name, candidate.colour);
  }
  return (stage) => {
    const known = colours.get(stage);
    if (known !== undefined) return known;
    const next = Math.max(-1, ...colours.values()) + 1;
    colours.set(stage, next);
    return next;
  };
}
