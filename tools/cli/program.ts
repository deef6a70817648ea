/** The command line: what each command is called, what it takes, and how errors become exit codes. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { packageVersion } from '../runner/package-root.ts';
import { exitCode, exitCodes, printError } from './exit.ts';

const introduction = `Molecular dynamics with learned coarse-graining: one scenario file takes you from atoms, through a coarse-grained model learned from them, to a system too large for atoms.`;

const gettingStarted = `
Start here:
  md run scenarios/ethane.json      atoms -> learned beads -> a larger system -> report.html
  md run scenarios/argon.json       a first short simulation
  md check my-scenario.json         find mistakes before anything runs
  md list                           everything a scenario can name, with its settings

A scenario is a JSON file of stages; one stage is enough:
  { "name": "argon", "stages": [
    { "name": "liquid", "do": "simulate", "system": { ... }, "dynamics": { ... }, "run": { "time": "10 ps" } } ] }
Name its schema in "$schema" (md schema --out scenario.schema.json) and your editor completes it.
Results are in runs/<name>/: run.json, report.html and a folder a stage.

Exit codes: 0 done, 2 bad input, 3 the simulation failed, 130 interrupted (a checkpoint is written; go on with --continue).`;

const runExamples = `
Examples:
  md run scenarios/ethane.json                            everything; finished stages are not run again
  md run ethane.json --continue                           go on after Ctrl-C, a kill or a time limit
  md run ethane.json --max-hours 23.5                     save and stop before the queue's limit
  md run ethane.json --set seed=8 --out runs/ethane-8     the same with another seed
  md run ethane.json --set "stages[0].run.time=100 ps"    change any setting; stages may be named: atoms.run.time`;

/** The whole program; the action of a command returns its exit code through `finish`. */
export function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('md')
    .description(introduction)
    .version(packageVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', gettingStarted)
    .exitOverride()
    .showSuggestionAfterError();

  program
    .command('run')
    .summary('run everything a scenario says')
    .description('Runs everything the scenario says. Finished stages whose inputs have not changed are not run again.')
    .argument('<scenario>', 'scenario file (JSON)')
    .option('--out <folder>', 'run folder (default: runs/<name of the scenario>)')
    .option('--continue', 'go on with unfinished stages from their checkpoints')
    .option('--threads <n>', 'cores to use (default: all)', positiveInteger)
    .option('--set <path=value>', 'change a setting of the scenario; may be repeated', collect)
    .option('--max-hours <h>', 'save and stop after this wall time', positiveNumber)
    .option('--quiet', 'print errors only')
    .addHelpText('after', runExamples)
    .action(async (path, options) => finish(await (await import('./commands/run.ts')).run(path, options)));

  program
    .command('check')
    .summary('validate a scenario without running it')
    .description(
      'Validates a scenario, reads the files it names, builds the systems that can be built now, and prints the resolved scenario:\n' +
        'quantities in its unit system, defaults filled in.',
    )
    .argument('<scenario>', 'scenario file (JSON)')
    .option('--set <path=value>', 'change a setting of the scenario; may be repeated', collect)
    .option('--out <folder>', 'run folder in which finished stages are looked for (default: runs/<name of the scenario>)')
    .addHelpText('after', '\nExamples:\n  md check scenarios/ethane.json\n  md check ethane.json --set seed=8 > resolved.json')
    .action(async (path, options) => finish(await (await import('./commands/check.ts')).check(path, options)));

  program
    .command('energy')
    .summary('energy by term and forces of the starting structure')
    .description('Prints the potential energy by term, and the forces, of the starting structure of a simulate stage.')
    .argument('<scenario>', 'scenario file (JSON)')
    .option('--stage <name>', 'which simulate stage (default: the first)')
    .option('--forces <file.csv>', 'write the force on each particle to a file')
    .option('--json', 'print JSON')
    .option('--set <path=value>', 'change a setting of the scenario; may be repeated', collect)
    .option('--out <folder>', 'run folder in which finished stages are looked for (default: runs/<name of the scenario>)')
    .addHelpText(
      'after',
      '\nExamples:\n  md energy scenarios/argon.json\n  md energy ethane.json --stage atoms --forces forces.csv --json',
    )
    .action(async (path, options) => finish(await (await import('./commands/energy.ts')).energy(path, options)));

  program
    .command('compare')
    .summary('two simulations side by side')
    .description(
      'Compares the distributions of two finished simulations: radial distribution functions, bonds, angles, dihedrals, diffusion, speed.\n' +
        'Each is a run folder, or run/stage where a run has several simulations.',
    )
    .argument('<reference>', 'run folder or run/stage of the reference')
    .argument('<candidate>', 'run folder or run/stage of what is judged')
    .option('--out <folder>', 'where compare.json and report.html go (default: runs/<reference>-<candidate>)')
    .option('--quiet', 'print errors only')
    .addHelpText(
      'after',
      '\nExamples:\n  md compare runs/ethane/atoms-512 runs/ethane/beads-512\n  md compare runs/argon runs/argon-8 --out runs/seeds',
    )
    .action(async (a, b, options) => finish(await (await import('./commands/compare.ts')).compare(a, b, options)));

  program
    .command('report')
    .summary('write the report of a run')
    .description(
      'Writes report.html into a run folder: one self-contained page with plots, mapping, training curves, speeds and settings.',
    )
    .argument('<run>', 'run folder')
    .addHelpText('after', '\nExample:\n  md report runs/ethane')
    .action(async (run) => finish(await (await import('./commands/report.ts')).report(run)));

  program
    .command('list')
    .summary('what a scenario can name')
    .description('Lists what is registered: name, status and summary; for one entry its settings with types, defaults and units.')
    .argument('[kind]', 'stage, builder, integrator, thermostat, bonded, pair, ...')
    .argument('[name]', 'one entry')
    .option('--plugin <package>', 'also load this plugin; may be repeated', collect)
    .addHelpText('after', '\nExamples:\n  md list\n  md list integrator\n  md list integrator langevin')
    .action(async (kind, name, options) => finish(await (await import('./commands/list.ts')).list(kind, name, options)));

  program
    .command('schema')
    .summary('the JSON Schema of scenarios, for editors')
    .description(
      'Prints the JSON Schema of scenario files. Name the file in "$schema" of a scenario, and editors complete and check it.',
    )
    .option('--out <file>', 'write it to a file')
    .option('--plugin <package>', 'also load this plugin; may be repeated', collect)
    .addHelpText('after', '\nExample:\n  md schema --out scenario.schema.json')
    .action(async (options) => finish(await (await import('./commands/schema.ts')).schema(options)));

  program
    .command('bench')
    .summary('how fast this machine runs standard systems')
    .description(
      'Times the benchmarks and prints steps/s, Matom-step/s, the time by task, list builds, energy drift and memory.\n' +
        `Cases: lj-melt, lj-large, kremer-grest, ethane, ring, beads-spline; all of them if none is named.\n` +
        'With --peers LAMMPS, GROMACS and OpenMM run the same system from the same state by turns, where they are installed.',
    )
    .argument('[case...]', 'which benchmarks (default: all)')
    .option('--threads <n>', 'cores to use (default: all)', positiveInteger)
    .option('--steps <n>', 'steps to time (default: as many as take --seconds)', positiveInteger)
    .option('--seconds <s>', 'how long each run is timed (default: 5)', positiveNumber)
    .option('--platform <name>', 'platform to time (default: the fastest)')
    .option('--set <name=value>', 'a setting of the platform; may be repeated', collect)
    .option('--peers', 'also run other programs, and print the ratios and what differs')
    .option('--repeat <n>', 'runs of each program, of which the median counts (default: 1, with --peers 3)', positiveInteger)
    .option('--small', 'small systems, to try the command')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  md bench lj-melt --threads 1\n  md bench ethane lj-melt --peers --repeat 5\n  md bench lj-melt --steps 2000 --json',
    )
    .action(async (names, options) => finish(await (await import('./commands/bench.ts')).bench(names, options)));

  program
    .command('doctor')
    .summary('what this machine offers')
    .description('Says what this machine offers: cores, memory, WebAssembly features, tfjs backends and which one would be used.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  md doctor')
    .action(async (options) => finish(await (await import('./commands/doctor.ts')).doctor(options)));

  return program;
}

/** Runs the command line; returns the exit code and never throws. */
export async function main(words: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(code); // the reader has seen enough, as in `md list | head`
    throw error;
  });
  const program = buildProgram((result) => {
    code = result;
  });
  if (words.length === 0) {
    program.outputHelp();
    return code;
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
    printError(error);
    return exitCode(error);
  }
}

function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
