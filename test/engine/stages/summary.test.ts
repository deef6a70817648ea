/** Claims about what a run tells at its end. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remarksOf } from '../../../engine/stages/summary.ts';

test('variables and biases have their say, each by what it is, and a run without biases has none of theirs', () => {
  const variables = { remarks: () => ['phi: was evaluated outside'] };
  const force = { remarks: () => ['opes: kernels were narrow'] };
  assert.equal(remarksOf({ variables, biases: { force } }), [
    'the variable phi: was evaluated outside',
    'the bias opes: kernels were narrow',
  ]);
  assert.equal(remarksOf({ variables, biases: { force: null } }), ['the variable phi: was evaluated outside']);
});

test.run();
