/** Advances a context: in the loop of steps in wasm where the dynamics has one, with an integrator in TypeScript otherwise. */
import type { DynamicsDescription, Integrator } from '../../dynamics/dynamics.ts';
import type { Calls } from './calls.ts';
import type { Evaluation } from './evaluation.ts';
import type { Kernel } from './module.ts';
import { configureNative, type NativeLoop } from './native.ts';
import type { WasmState } from './state.ts';
import type { Team } from './team.ts';

/** Steps between two looks for forces that are not finite, within one call. */
const stepsBetweenChecks = 1000;

const noScript = (): void => undefined;

export class Stepping {
  readonly integrator: Integrator;
  /** Milliseconds of the integrator in TypeScript. */
  milliseconds = 0;
  private readonly team: Team;
  private readonly kernel: Kernel;
  private readonly state: WasmState;
  private readonly evaluation: Evaluation;
  private readonly dynamics: DynamicsDescription;
  /** Where the steps are those of the kernels; null where the integrator is composed in TypeScript. */
  private readonly native: NativeLoop | null;
  /** What the loop of steps calls for forces that are not its own: WebAssembly, or JavaScript; several threads leave the loop at every step instead. */
  private readonly calls: Calls | null;
  private readonly runsScripts: boolean;
  /** Where the present call of `run` began. */
  private firstStep = 0;

  constructor(team: Team, state: WasmState, evaluation: Evaluation, dynamics: DynamicsDescription, integrator: Integrator) {
    this.team = team;
    this.kernel = team.kernel;
    this.state = state;
    this.evaluation = evaluation;
    this.dynamics = dynamics;
    this.integrator = integrator;
    this.native = configureNative(team.kernel, dynamics, state);
    const { scripted } = evaluation;
    const alone = this.native !== null && team.threads === 1;
    this.calls = alone ? scripted.calls : null;
    this.calls?.use();
    this.runsScripts = alone && scripted.count > 0 && this.calls === null;
    if (this.runsScripts) this.kernel.useScripts(true);
  }

  /** Advances by `steps` in the present box. */
  advance(steps: number): void {
    const { evaluation } = this;
    evaluation.ensureForces();
    evaluation.outdateEnergies();
    if (this.native && (evaluation.scripted.count === 0 || this.runsScripts || this.calls)) this.run(steps);
    else this.stepByStep(steps);
  }

  /** The variables of integrator and thermostat. */
  save(): Float64Array {
    return (this.native ?? this.integrator).save();
  }

  load(variables: Float64Array): void {
    (this.native ?? this.integrator).load(variables);
  }

  /** What integrator and thermostat have exchanged with the system. */
  reservoirEnergy(): number {
    // The integrator in TypeScript knows what its variables are worth.
    if (this.native) this.integrator.load(this.native.save());
    return this.integrator.reservoirEnergy(this.state);
  }

  /** The loop that stays in wasm. */
  private run(steps: number): void {
    const { kernel, team, state, calls } = this;
    const { failures, scripted } = this.evaluation;
    for (let left = steps; left > 0; left -= stepsBetweenChecks) {
      const from = state.step;
      this.firstStep = from;
      // For the time of the call alone: the kernel outlives contexts that nobody refers to.
      kernel.hooks.script = this.scriptInStep;
      calls?.begin(from);
      const status = team.all('run', from, Math.min(left, stepsBetweenChecks));
      kernel.hooks.script = noScript;
      calls?.end();
      state.step = from + kernel.completed.value;
      failures.check(status);
      if (calls) scripted.takeEnergies(calls);
      if (!kernel.allFinite()) failures.notFinite();
    }
  }

  private readonly scriptInStep = (k: number): void => {
    const { scripted } = this.evaluation;
    const step = this.firstStep + k;
    this.state.step = step;
    scripted.beginStep(step);
    scripted.compute();
  };

  private stepByStep(steps: number): void {
    const { team, state, evaluation, native } = this;
    const { failures, scripted } = evaluation;
    for (let k = 0; k < steps; k++) {
      scripted.beginStep(state.step);
      if (native) {
        failures.check(team.all('beginStep', state.step));
        evaluation.update();
        failures.check(team.all('endStep', state.step, false));
        state.step++;
      } else {
        this.composedStep();
      }
    }
    if (!this.kernel.allFinite()) failures.notFinite();
  }

  private composedStep(): void {
    const { team, state, dynamics, evaluation } = this;
    let last = performance.now();
    this.integrator.step(state, () => {
      this.milliseconds += performance.now() - last;
      evaluation.update();
      last = performance.now();
    });
    state.step++;
    if (dynamics.removeCenterOfMass > 0 && state.step % dynamics.removeCenterOfMass === 0) team.all('removeCenterOfMassMotion');
    this.milliseconds += performance.now() - last;
  }
}
