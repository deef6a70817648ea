/** What sort of error something is: the user's, the simulation's, a stop that was asked for, or the program's own fault. */

export type ErrorKind = 'input' | 'simulation' | 'interrupted' | 'bug';

const kinds: Readonly<Record<string, ErrorKind>> = {
  InputError: 'input',
  SimulationError: 'simulation',
  Interrupted: 'interrupted',
};

/** Told by name, because an npm plugin may carry a copy of the engine of its own, whose classes are others. */
export function errorKind(error: unknown): ErrorKind {
  return (error instanceof Error && kinds[error.name]) || 'bug';
}
