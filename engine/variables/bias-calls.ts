/** A step of biases and their variables as calls of their kernels, which work on the platform's memory. */
import type { KernelCall, SystemMemory } from '../forces/terms.ts';
import type { Bias } from './bias.ts';
import type { BiasData } from './bias-force.ts';
import type { Variable } from './variable.ts';

export interface BiasCalls {
  readonly calls: readonly KernelCall[];
  /** Energy of each bias, in their order, at the positions of the last step. */
  energies(): number[];
}

/**
 * Moves the kernels of all biases and of the variables that they use to the memory. In a step come updates of biases, values of variables,
 * biases, forces.
 * @returns null where one of them has no such kernel, and nothing has been moved
 */
export function placeBiases({ variables, biases, equilibration }: BiasData, memory: SystemMemory): BiasCalls | null {
  const used = variables.filter((_, k) => biases.some(({ components }) => components.some(({ variable }) => variable === k)));
  if (!used.every(isPlaceable) || !biases.every(({ bias, along }) => isPlaceable(bias) && along === null)) return null;
  const placed = new Map(used.filter(isPlaceable).map((variable) => [variable as Variable, variable.placeIn(memory)] as const));
  const own = biases.map(({ bias, components }) => {
    const addresses = components.map(({ variable, component }) => {
      const { values, slopes } = placed.get(variables[variable])!;
      return { value: values + 8 * component, slope: slopes + 8 * component };
    });
    return (bias as Placeable<Bias>).placeIn(memory, addresses);
  });
  const all = [...placed.values()];
  return {
    calls: [
      ...own.flatMap(({ update }) => (update ? { ...update, from: equilibration } : [])),
      ...all.map(({ forward }) => forward),
      ...own.map(({ evaluate }) => evaluate),
      ...all.map(({ reverse }) => reverse),
    ],
    energies: () => own.map(({ energy }) => energy()),
  };
}

type Placeable<T extends { placeIn?: unknown }> = T & Required<Pick<T, 'placeIn'>>;

function isPlaceable<T extends { placeIn?: unknown }>(part: T): part is Placeable<T> {
  return part.placeIn !== undefined;
}
