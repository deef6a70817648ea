/** Forces along hidden motions: their fields move no site and have no divergence, and subtracting them takes noise away. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Trajectory } from '../../../engine/index.ts';
import { openBox } from '../../../engine/index.ts';
import { mapFrame } from '../../../plugins/coarse-graining/apply.ts';
import { optimalForceMap, rigidUnits, sumForceMap } from '../../../plugins/coarse-graining/force-map.ts';
import { addLocalForces, fitLocalFields, type LocalField, localFields } from '../../../plugins/coarse-graining/local-fields.ts';
import type { Assignment } from '../../../plugins/coarse-graining/mapping.ts';
import { moleculeLayout } from '../../../plugins/coarse-graining/molecules.ts';
import { normal, uniform } from '../../support/trajectories.ts';
import { copies, ethane, frameOf } from './support.ts';

const test = suite('local fields');

const mapping = { atomsPerMolecule: 8, sites: 2, assignment: [0, 1, 0, 0, 0, 1, 1, 1] };
const siteBonds = Int32Array.of(0, 1);
const structure = copies(ethane, 1);
const layout = moleculeLayout(structure);

/** Ethane of about its right shape, all atoms displaced by `spread`. */
function shape(draw: () => number, spread: number): Float64Array {
  const ideal = [
    0, 0, 0, 1.53, 0, 0, -0.4, 0, -1, -0.4, 0.9, 0.5, -0.4, -0.9, 0.5, 1.93, 0, 1, 1.93, 0.9, -0.5, 1.93, -0.9, -0.5,
  ];
  return Float64Array.from(ideal, (x) => 0.1 * x + spread * draw());
}

type FieldAt = (site: number, k: number, e: number, x: Float64Array) => Float64Array;

/** The force along a field is linear in the atomic forces: unit forces give the field itself, for each direction e of the site's force. */
function fieldOf(fields: LocalField[][], units: readonly number[], sites: Assignment): FieldAt {
  return (site, k, e, x) => {
    const weights = fields.map((own, s) => Float64Array.from(own, (_, n) => (s === site && n === k ? 1 : 0)));
    return Float64Array.from({ length: 24 }, (_, coordinate) => {
      const unit = new Float64Array(24);
      unit[coordinate] = 1;
      const out = new Float64Array(6);
      addLocalForces({ units, fields, weights }, layout, sites, x, unit, out);
      return out[3 * site + e];
    });
  };
}

test('every field leaves all sites in place and has no divergence', () => {
  const positions = shape(normal(uniform(3)), 0.01);
  const fields = localFields(mapping, siteBonds);
  assert.is(fields[0].filter(({ kind }) => kind === 'turn').length, 2);
  const fieldAt = fieldOf(fields, [0, 1, 2, 3, 4, 5, 6, 7], mapping);
  for (let site = 0; site < 2; site++)
    for (let k = 0; k < fields[site].length; k++)
      for (let e = 0; e < 3; e++) {
        const field = fieldAt(site, k, e, positions);
        assert.ok(Math.max(...field.map(Math.abs)) > 1e-3, 'the field is not zero');
        const moved = new Float64Array(6);
        mapping.assignment.forEach((s, atom) => {
          for (let c = 0; c < 3; c++) moved[3 * s + c] += 0.25 * field[3 * atom + c];
        });
        for (const m of moved) assert.ok(Math.abs(m) < 1e-14, `site ${site}, field ${k} moves a site by ${m}`);
        let divergence = 0;
        const h = 1e-5;
        for (let q = 0; q < 24; q++) {
          const [up, down] = [positions.slice(), positions.slice()];
          up[q] += h;
          down[q] -= h;
          divergence += (fieldAt(site, k, e, up)[q] - fieldAt(site, k, e, down)[q]) / (2 * h);
        }
        // The terms of the sum are of the order of 10 per nm; central differences leave h^2 of that.
        assert.ok(Math.abs(divergence) < 1e-6, `site ${site}, field ${k}, direction ${e}: divergence ${divergence}`);
      }
});

test('with rigid bonds no field stretches one, moves a site, or has a divergence', () => {
  const rigid = Int32Array.of(0, 2, 0, 3, 0, 4, 1, 5, 1, 6);
  const units = rigidUnits(8, rigid);
  assert.equal(units, [0, 1, 0, 0, 0, 1, 1, 7]);
  const positions = shape(normal(uniform(5)), 0.01);
  const fields = localFields(mapping, siteBonds, units);
  const kinds = (site: number) => fields[site].map(({ kind }) => kind).sort();
  // A CH3 of one unit only turns; in the other the CH2 and the free H are shifted against each other, and the CH2 turns by itself too.
  assert.equal(kinds(0), ['shift', 'shift-along', 'turn', 'turn', 'turn-unit']);
  const fieldAt = fieldOf(fields, units, mapping);
  const h = 1e-5;
  for (let site = 0; site < 2; site++)
    for (let k = 0; k < fields[site].length; k++)
      for (let e = 0; e < 3; e++) {
        const field = fieldAt(site, k, e, positions);
        for (let b = 0; b < rigid.length; b += 2) {
          let rate = 0;
          for (let c = 0; c < 3; c++) {
            const [i, j] = [3 * rigid[b] + c, 3 * rigid[b + 1] + c];
            rate += (field[i] - field[j]) * (positions[i] - positions[j]);
          }
          assert.ok(Math.abs(rate) < 1e-14, `${fields[site][k].kind} stretches a rigid bond: ${rate}`);
        }
        for (let s = 0; s < 2; s++)
          for (let c = 0; c < 3; c++) {
            const moved = mapping.assignment.reduce((sum, own, atom) => sum + (own === s ? field[3 * atom + c] : 0), 0);
            assert.ok(Math.abs(moved) < 1e-13, `${fields[site][k].kind} moves a site by ${moved}`);
          }
        let divergence = 0;
        for (let q = 0; q < 24; q++) {
          const [up, down] = [positions.slice(), positions.slice()];
          up[q] += h;
          down[q] -= h;
          divergence += (fieldAt(site, k, e, up)[q] - fieldAt(site, k, e, down)[q]) / (2 * h);
        }
        assert.ok(Math.abs(divergence) < 1e-6, `${fields[site][k].kind}: divergence ${divergence}`);
      }
});

test('with stiff forces inside a molecule, the noise across the bond goes, and the net force stays', () => {
  const draw = normal(uniform(7));
  const frames = Array.from({ length: 400 }, () => {
    const positions = shape(draw, 0.004);
    const forces = Float64Array.from({ length: 24 }, () => 10 * draw());
    // Central forces between all atoms: no net force and no torque, but large on the sites.
    for (let a = 0; a < 8; a++)
      for (let b = a + 1; b < 8; b++) {
        const f = 3000 * draw();
        for (let c = 0; c < 3; c++) {
          const d = positions[3 * a + c] - positions[3 * b + c];
          forces[3 * a + c] += f * d;
          forces[3 * b + c] -= f * d;
        }
      }
    return frameOf(positions, forces, openBox);
  });
  const atoms: Trajectory = { structure, length: frames.length, frame: (k) => frames[k], close: () => {} };
  const covariance = new Float64Array(64);
  for (const { forces } of frames)
    for (let a = 0; a < 8; a++)
      for (let b = 0; b < 8; b++)
        for (let c = 0; c < 3; c++)
          covariance[8 * a + b] +=
            ((forces as Float64Array)[3 * a + c] * (forces as Float64Array)[3 * b + c]) / (3 * frames.length);
  const optimal = optimalForceMap(mapping, covariance);
  const local = { ...optimal, local: fitLocalFields(atoms, layout, mapping, optimal, siteBonds) };
  const across = (map: typeof optimal): number => {
    let sum = 0;
    for (const frame of frames) {
      const { positions: x, forces } = mapFrame(frame, layout, mapping, map);
      const f = forces as Float64Array;
      const n = [0, 1, 2].map((c) => x[3 + c] - x[c]);
      const length = Math.hypot(...n);
      const d = [0, 1, 2].map((c) => f[c] - f[3 + c]);
      const along = d.reduce((s, v, c) => s + (v * n[c]) / length, 0);
      sum += d.reduce((s, v) => s + v * v, 0) - along * along;
    }
    return sum;
  };
  // The torque on the molecule: that of forces of 10 on the atoms, beside thousands of the pairs.
  const [before, after] = [across(optimal), across(local)];
  assert.ok(after < before / 20, `${before} with the optimal linear map, ${after} with local fields`);
  assert.ok(across(sumForceMap(mapping)) > 20 * after);
});

test.run();
