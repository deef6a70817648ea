/** The files that a simulation leaves while it runs: frames, the log, and what biases write. */
import type { Context, Observables } from '../platforms/platform.ts';
import type { Settings } from '../scenario/schema.ts';
import { join } from '../scenario/validate.ts';
import type { Checkpoint } from '../trajectory/checkpoint.ts';
import { fieldsHeader, fieldsRow, periodConstants } from '../trajectory/fields.ts';
import { type LogContents, LogWriter, logFile } from '../trajectory/log.ts';
import { TrajectoryRecorder } from '../trajectory/recorder.ts';
import type { BiasedSystem } from '../variables/compile-biases.ts';
import type { StageContext } from './stage.ts';

/** Variables and biases by time in PLUMED's format: the rows of the log without the rest of it. */
export const colvarFile = 'COLVAR';

export interface Outputs {
  readonly recorder: TrajectoryRecorder;
  readonly log: LogWriter;
  /** Adds a row to the log, and to COLVAR where there are variables. */
  row(observables: Observables, speed: number): void;
}

/** Opens them for a new run, or cut back to the checkpoint of an interrupted one. @throws InputError if one does not fit the checkpoint */
export async function openOutputs(
  stage: StageContext,
  { variables, biases, context }: Pick<BiasedSystem, 'variables' | 'biases'> & { readonly context: Context },
  checkpoint: Checkpoint | null,
): Promise<Outputs> {
  const output = stage.settings.output as Settings;
  const options = {
    periodic: context.system.box.vectors !== null,
    velocities: output.velocities === true,
    forces: output.forces !== false,
    precision: output.precision === 'double' ? ('f64' as const) : ('f32' as const),
    formats: output.formats as ('dcd' | 'extxyz')[],
  };
  const { force, files } = biases;
  const columns = [...variables.components, ...(force?.columns ?? [])];
  const contents: LogContents = {
    units: stage.units,
    terms: context.observe().terms.map((term) => term.label),
    variables: columns,
    totalMass: context.system.structure.mass.reduce((sum, m) => sum + m, 0),
  };
  const colvar =
    columns.length > 0
      ? files.add(
          colvarFile,
          fieldsHeader(['time', ...columns.map(({ name }) => name)], periodConstants(variables.components)),
          join(stage.where, 'variables'),
        )
      : null;
  const folder = stage.folder.path;
  files.start(folder, checkpoint ? ((checkpoint.metadata.appended ?? {}) as Record<string, number>) : null);
  const logPath = `${folder}/${logFile}`;
  const { metadata } = checkpoint ?? {};
  const recorder = metadata
    ? await TrajectoryRecorder.openForContinue(folder, context.system.structure, options, metadata.frames)
    : TrajectoryRecorder.create(folder, context.system.structure, options);
  const log = metadata ? LogWriter.openForContinue(logPath, contents, metadata.logRows) : LogWriter.create(logPath, contents);
  return {
    recorder,
    log,
    row(observables, speed) {
      const values = [...variables.evaluate(context.positions, context.box), ...(force?.report() ?? [])];
      log.append(observables, speed, values);
      colvar?.line(fieldsRow([observables.time, ...values]));
      files.write();
    },
  };
}
