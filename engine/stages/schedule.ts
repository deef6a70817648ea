/** Step counts of a simulation, from the times or numbers of steps that its settings give. */
import { InputError } from '../errors.ts';
import type { Settings } from '../scenario/schema.ts';
import { join } from '../scenario/validate.ts';

export interface Schedule {
  readonly equilibration: number;
  readonly steps: number;
  /** Steps between frames. */
  readonly frames: number;
  /** Steps between rows of the log. */
  readonly rows: number;
}

/** @throws InputError for a time that is no whole number of timesteps, for both a time and steps, and for neither */
export function scheduleOf(settings: Settings, timestep: number, where: string): Schedule {
  const run = settings.run as Settings;
  const output = settings.output as Settings;
  const either = (section: Settings, time: string, steps: string, path: string): number | undefined => {
    const [t, n] = [section[time] as number | undefined, section[steps] as number | undefined];
    if (t !== undefined && n !== undefined)
      throw new InputError(join(where, path), `found both "${time}" and "${steps}"; give one of them`);
    return t === undefined ? n : wholeSteps(t, timestep, join(join(where, path), time));
  };
  const steps = either(run, 'time', 'steps', 'run');
  if (steps === undefined)
    throw new InputError(join(where, 'run'), 'does not say how long: give "time": "100 ps", or "steps": 100000');
  const frames = either(output, 'every', 'everySteps', 'output') ?? Math.max(1, Math.floor(steps / 1000));
  if (frames < 1)
    throw new InputError(join(join(where, 'output'), 'every'), `must be at least the timestep of ${plain(timestep)}`);
  return {
    equilibration: either(run, 'equilibrate', 'equilibrateSteps', 'run') ?? 0,
    steps,
    frames,
    rows: Math.max(1, either(output, 'logEvery', 'logEverySteps', 'output') ?? frames),
  };
}

/** How many timesteps a time is. @throws InputError at `where` for one that is no whole number of them */
export function wholeSteps(time: number, timestep: number, where: string): number {
  const exact = time / timestep;
  const rounded = Math.round(exact);
  if (Math.abs(exact - rounded) <= 1e-6 * Math.max(1, exact)) return rounded;
  const near = Math.max(1, rounded);
  throw new InputError(
    where,
    `${plain(time)} is ${plain(exact)} timesteps of ${plain(timestep)}; it must be a whole number of them, such as ` +
      `${plain(near * timestep)} (${near} step${near === 1 ? '' : 's'})`,
  );
}

/** A number without the digits that only rounding gave it. */
function plain(value: number): string {
  return String(Number(value.toPrecision(9)));
}
