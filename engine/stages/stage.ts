/** A stage of a scenario: something that reads earlier stages, works, and leaves a folder of results. */
import type { Described, Registry } from '../registry.ts';
import type { Settings } from '../scenario/schema.ts';
import type { UnitSystem } from '../scenario/units.ts';
import type { Assembly } from '../system/system.ts';

/** Where a stage writes and others read. Paths are relative to the stage's folder; `path` gives the absolute one for libraries. */
export interface StageFolder {
  readonly path: string;
  exists(file: string): boolean;
  readText(file: string): Promise<string>;
  readBytes(file: string): Promise<Uint8Array>;
  /** Atomic: written beside and renamed. */
  write(file: string, content: string | Uint8Array): Promise<void>;
}

/** A stage that has been run: its kind, resolved settings and folder. */
export interface FinishedStage {
  readonly name: string;
  /** The registry name of its kind, e.g. `simulate`. */
  readonly kind: string;
  readonly units: UnitSystem;
  readonly settings: Settings;
  readonly folder: StageFolder;
  /** The scenario names and finished forms of the stages that this one referred to, by property (`from`, `mapping`). */
  readonly inputs: Readonly<Record<string, FinishedStage>>;
}

export interface Progress {
  /** `done` of `total` in any unit; `text` is shown beside (ns/day, loss). Cheap enough to call often. */
  update(done: number, total: number, text?: string): void;
  /** A line that stays. */
  note(line: string): void;
}

export interface StageContext {
  readonly name: string;
  /** JSON path of the stage in the scenario (`stages[1]`), for error messages. */
  readonly where: string;
  readonly units: UnitSystem;
  readonly settings: Settings;
  /** Finished stages that the settings refer to, by property name; nested properties by their path (`system.from`). */
  readonly inputs: Readonly<Record<string, FinishedStage>>;
  readonly folder: StageFolder;
  /** Seed of this stage: scenario seed and stage name hashed together. */
  readonly seed: number;
  /** Threads that the stage may use; 1 unless its kind is `parallel`. */
  readonly threads: number;
  readonly registry: Registry;
  readonly progress: Progress;
  /** The scenario that the stage is of: where its relative paths start, and the plugins it loads; for stages that run others. */
  readonly scenario: { readonly folder: string; readonly plugins: readonly string[] };
  /** Aborted on Ctrl-C, SIGTERM and at the time limit: save and throw `Interrupted`. */
  readonly signal: AbortSignal;
  /** True when an unfinished run of this stage with the same inputs lies in the folder and should be continued. */
  readonly resume: boolean;
  /** Says how many of its `threads` the stage uses, once it knows: the others serve stages that wait. */
  uses?(threads: number): void;
  /** Text of a file named in the scenario (relative to it, or shipped with the package); its hash becomes part of the stage's inputs. */
  readText(path: string): Promise<string>;
}

/** Of what an earlier stage left, where the next one starts. */
export interface AssemblyStart {
  /** The box of its last frame, or the mean over its frames. */
  readonly box: 'last' | 'mean';
  /** JSON path of the setting `box`, for messages. */
  readonly where: string;
}

export interface StageKind extends Described {
  /** Whether a stage can use more than one thread; if not it is given one. */
  readonly parallel?: boolean;
  run(context: StageContext): Promise<void>;
  /** Finds mistakes that resolved settings show by themselves, so that they are known before any stage starts. @throws InputError */
  check?(settings: Settings, where: string, registry: Registry, units: UnitSystem): void;
  /** Stages whose result can be a `system` (`"system": { "from": ... }`) say here what that system is. */
  assemble?(stage: FinishedStage, registry: Registry, start: AssemblyStart): Promise<Assembly>;
}
