/** Which parameters a training keeps. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { optimise } from '../../../../plugins/collective-variables/learned/optimise.ts';
import type { Term } from '../../../../plugins/collective-variables/learned/terms/term.ts';

const test = suite('optimise');

const points = Int32Array.from({ length: 100 }, (_, p) => p);
const [training, validation] = [points.subarray(0, 80), points.subarray(80)];

/** One parameter that training pushes up without end; `losses` are what it costs on training and on validation points. */
function pushed(onTraining: (p: number) => number, onValidation: (p: number) => number): Term {
  return {
    evaluate(parameters, of, gradient) {
      const p = parameters[0];
      if (gradient) gradient[0] -= 1;
      return { loss: of[0] >= 80 ? onValidation(p) : onTraining(p) };
    },
  };
}

async function kept(term: Term, weightDecay = 0): Promise<number> {
  const { parameters } = await optimise(term, Float64Array.of(0), training, validation, {
    epochs: 60,
    batch: 20,
    learningRate: 0.02,
    weightDecay,
    seed: 1,
    signal: new AbortController().signal,
    evaluations: 60,
    record: () => {},
    progress: () => {},
  });
  return parameters[0];
}

// Four steps of at most 0.02 an epoch, falling with a cosine: 2.4 in all, and no two epochs farther apart than 0.08.
const step = 0.08;

test('of parameters that get worse on validation blocks those of the best epoch are kept', async () => {
  const found = await kept(
    pushed(
      (p) => -p,
      (p) => Math.abs(p - 1),
    ),
  );
  assert.ok(Math.abs(found - 1) < step, `${found}`);
});

test('what looks ever better on validation blocks and gets worse in training is not kept for that: a jump between the points does so', async () => {
  const found = await kept(
    pushed(
      (p) => Math.abs(p - 1),
      (p) => -10 * p,
    ),
  );
  assert.ok(Math.abs(found - 1) < step, `${found}`);
});

test('weight decay holds a parameter where its pull is the step of Adam: at 1/weightDecay', async () => {
  const found = await kept(
    pushed(
      (p) => -p,
      (p) => -p,
    ),
    4,
  );
  // Of the start exp(-4 2.4) is left; steps of Adam are learningRate within 1e-6.
  assert.ok(Math.abs(found - 0.25) < 1e-3, `${found}`);
});

test.run();
