/**
 * Reciprocal space of particle-mesh Ewald (engine/forces/coulomb-pme.ts) in phases, each a function of a part that writes what belongs to
 * the part alone: ranges of particles, planes of the mesh along x, or rows of it along y. Between phases everybody waits.
 *
 *   countParticles   which plane each particle begins in, and how many of the part begin in each
 *   orderParticles   their order by planes
 *   placeParticles   weights of the particles, as records in that order
 *   spreadPlanes     charges of a plane, from the records that touch it; its transform along z and y
 *   convolveRows     transform along x, product with the influence function, and back
 *   potentialPlanes  back along y and z
 *   gatherForces     forces of the part's records
 *   collectForces    and of its particles
 *
 * A plane fits the first-level cache, and so does a line along x: the mesh is read from memory three times a step.
 * Essmann et al., J. Chem. Phys. 103, 8577 (1995).
 */
import { Pme } from './mesh';
import { collectForces, gatherForces } from './pme-gather';
import { potentialPlanes, spreadPlanes } from './pme-planes';
import { countParticles, orderParticles, placeParticles } from './pme-records';
import { convolveRows } from './pme-waves';
import { addVirial, ax, by, cz } from './state';
import { barrier, beginParts, nextPart } from '../../../threads/assembly/threads';

/** Energy and virial of all parts, with self energy and background. For one thread, after `convolveRows`. */
export function sumPme(pme: Pme): void {
  const volume = ax * by * cz;
  const background = (Math.PI * pme.chargeSum * pme.chargeSum) / (2 * volume * pme.alpha * pme.alpha);
  let energy = (-pme.alpha * pme.chargeSquares) / Math.sqrt(Math.PI) - background;
  let xx = -background;
  let yy = -background;
  let zz = -background;
  let xy: f64 = 0;
  let xz: f64 = 0;
  let yz: f64 = 0;
  for (let part = 0; part < pme.parts; part++) {
    const sums = pme.sums + <usize>part * 128;
    energy += load<f64>(sums);
    xx += load<f64>(sums, 8);
    xy += load<f64>(sums, 16);
    xz += load<f64>(sums, 24);
    yy += load<f64>(sums, 32);
    yz += load<f64>(sums, 40);
    zz += load<f64>(sums, 48);
  }
  pme.energy = energy;
  const to = pme.virial;
  store<f64>(to, xx);
  store<f64>(to, yy, 8);
  store<f64>(to, zz, 16);
  store<f64>(to, xy, 24);
  store<f64>(to, xz, 32);
  store<f64>(to, yz, 40);
}

/** All phases, all threads together; forces are added. The forces of before must be complete. */
export function computePme(pme: Pme, energies: bool): void {
  const parts = pme.parts;
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) countParticles(pme, k);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) orderParticles(pme, k);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) placeParticles(pme, k);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) spreadPlanes(pme, k);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) convolveRows(pme, k, energies);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) potentialPlanes(pme, k);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) gatherForces(pme, k);
  barrier();
  beginParts(parts);
  for (let k = nextPart(); k >= 0; k = nextPart()) collectForces(pme, k);
}

/** Energy and virial of the parts, by the first thread. */
export function sumMesh(pme: Pme): void {
  sumPme(pme);
  addVirial(pme.virial);
}
