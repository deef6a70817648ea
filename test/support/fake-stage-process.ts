/** What the runner forks in its tests instead of the command line: a stage's process that knows the fake stages alone. */
import { serveStage } from '../../tools/runner/stage-process.ts';
import { fakeRegistry } from './fake-stages.ts';

await serveStage(async () => fakeRegistry());
