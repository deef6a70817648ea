/** A particle in a double well on a line. */

export const doubleWellEnergy = (x: number) => 7 * (x * x - 1) ** 2 + x;

/** A stage that simulates it at kT 1, as it stands in a scenario. */
export const doubleWell = {
  do: 'simulate',
  system: {
    build: 'model',
    dimensions: 1,
    start: [[-1]],
    forces: [{ type: 'expression-field', energy: '7 * (x^2 - 1)^2 + x' }],
  },
  dynamics: { integrator: 'langevin', timestep: 0.02, temperature: 1, friction: 2 },
  variables: { x: { type: 'position', axis: 'x' } },
};
