/** The loop: advances a context in pieces, calls whoever is due, and lets go of the event loop often enough to be stopped. */
import { Interrupted } from './errors.ts';
import type { Context } from './platforms/platform.ts';

/** Something that is due every so many steps of a run. */
export interface Observer {
  readonly every: number;
  /** @param step steps since the start of the production run */
  observe(step: number): void;
}

export interface SimulationPlan {
  /** Steps before production, not observed. */
  readonly equilibration: number;
  readonly steps: number;
  /** Called at production steps 0, every, 2 every, ...; those at or before the step that a run continues from were called before. */
  readonly observers: readonly Observer[];
  /** Called at step boundaries, about every `pause` seconds. */
  readonly checkpoint: () => void;
  readonly checkpointSeconds: number;
  readonly signal: AbortSignal;
  /** Absolute steps done and to do. */
  readonly report: (done: number, total: number) => void;
}

/** Wall time between two looks at signals and progress, seconds. */
const pause = 0.1;

/**
 * Runs equilibration and production from wherever the context stands.
 *
 * @param observed whether the observers have already been called at the context's present step (a continued run)
 * @throws Interrupted after a checkpoint, when the signal is aborted
 */
export async function simulate(context: Context, plan: SimulationPlan, observed: boolean): Promise<void> {
  const total = plan.equilibration + plan.steps;
  const due = (step: number) => {
    for (const observer of plan.observers) if (step % observer.every === 0) observer.observe(step);
  };
  if (!observed && context.step === plan.equilibration) due(0);
  let lastPause = performance.now();
  let lastCheckpoint = lastPause;
  let piece = 1;
  while (context.step < total) {
    const steps = Math.min(piece, stepsToNext(context.step, plan, total));
    const from = performance.now();
    context.advance(steps);
    const now = performance.now();
    // Twice the size while pieces are short, so that fast systems cross into the loop rarely.
    if (steps === piece && now - from < 250 * pause) piece *= 2;
    else if (now - from > 1000 * pause) piece = Math.max(1, piece >> 1);
    const production = context.step - plan.equilibration;
    if (production >= 0) due(production);
    if (now - lastPause < 1000 * pause) continue;
    lastPause = now;
    plan.report(context.step, total);
    await new Promise((resolve) => setImmediate(resolve));
    if (plan.signal.aborted || now - lastCheckpoint > 1000 * plan.checkpointSeconds) {
      plan.checkpoint();
      lastCheckpoint = performance.now();
    }
    if (plan.signal.aborted) throw new Interrupted(`stopped at step ${context.step} of ${total}`);
  }
  plan.report(total, total);
}

function stepsToNext(step: number, plan: SimulationPlan, total: number): number {
  const production = step - plan.equilibration;
  if (production < 0) return -production;
  let next = total - step;
  for (const { every } of plan.observers) next = Math.min(next, every - (production % every));
  return next;
}
