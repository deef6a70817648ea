/** Logarithms of quotients: of a batch, and of running means over batches. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eigenLoss, RunningQuotients } from '../../../../plugins/collective-variables/learned/terms/eigen-loss.ts';

const options = { omega: [1, 0.5], quotients: 1, penalty: 0, logarithmic: true };
const variances = Float64Array.of(2, 0, 0, 4);

test('the first batch counts as it does by itself', () => {
  const alone = eigenLoss([6, 4], variances, options);
  const averaged = eigenLoss([6, 4], variances, { ...options, averaged: true }, new RunningQuotients());
  assert.equal(averaged, alone);
  // Quotients 3 and 1: the smaller takes the first weight.
  assert.ok(Math.abs(alone.report.loss - (Math.log(1) + 0.5 * Math.log(3))) < 1e-15);
});

test('of batches that mostly do not see where a function jumps, each has the slope of the mean: the few that do make up for the others', () => {
  const one = { omega: [1], quotients: 1, penalty: 0, logarithmic: true };
  const running = new RunningQuotients();
  const [unseen, seen] = [1e-6, 10];
  let [averaged, alone] = [0, 0];
  for (let batch = 0; batch < 400; batch++) {
    // One batch in ten sees it. Widening the jump by a factor changes both numerators: where it is seen it falls, elsewhere points enter it.
    const quotient = batch % 10 === 0 ? seen : unseen;
    const change = quotient === seen ? -1 : 1e-3;
    const slopes = eigenLoss([quotient], Float64Array.of(1), one, running).numerators;
    if (batch >= 200) averaged += slopes[0] * change;
    if (batch >= 200) alone += eigenLoss([quotient], Float64Array.of(1), one).numerators[0] * change;
  }
  assert.ok(averaged < 0, 'with means, widening lowers the loss');
  assert.ok(alone > 0, 'batch by batch it would have raised it');
  // The mean of all batches is 1; over the last fifty it goes up and down with those that saw the jump.
  assert.ok(Math.abs(running.at(0) - 1) < 0.2, `${running.at(0)}`);
});

test('a loss that is only looked at is that of its points, whatever was averaged', () => {
  const running = new RunningQuotients();
  running.add([5, 7]);
  assert.equal(eigenLoss([6, 4], variances, { ...options, averaged: true }), eigenLoss([6, 4], variances, options));
});

test.run();
