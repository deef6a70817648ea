#!/usr/bin/env node
/** The command `md`. A stage's process starts here too, without loading what only a person needs. */
if (process.argv[2] === 'stage' && process.send) {
  const { serveStage } = await import('../runner/stage-process.ts');
  await serveStage();
} else {
  const { main } = await import('./program.ts');
  process.exitCode = await main(process.argv.slice(2));
}

export {};
