/** Loads h5wasm (HDF5 compiled to WebAssembly) when it is first needed, and turns its error stacks into one line. */
import type { File as Hdf5File } from 'h5wasm/node';
import { reason } from './files.ts';

type H5wasm = typeof import('h5wasm/node');

let loading: Promise<H5wasm> | undefined;

/** The library, ready for use. About 0.15 s the first time, which is why nothing imports it at start-up. */
export function loadHdf5(): Promise<H5wasm> {
  loading ??= (async () => {
    const library = await import('h5wasm/node');
    const module = await library.ready;
    // Without this HDF5 prints its error stack to stderr and goes on; with it, each failing call throws.
    module.activate_throwing_error_handler();
    return library;
  })();
  return loading;
}

/** Closes the file without hiding an error that is already under way. */
export function closeQuietly(file: Hdf5File): void {
  try {
    file.close();
  } catch {
    // The caller is about to throw the error that matters.
  }
}

/** The innermost message of an HDF5 error stack: `unable to open file: ... No such file or directory`. */
export function hdf5Reason(thrown: unknown): string {
  const lines = reason(thrown)
    .split('\n')
    .filter((line) => /^\s*#\d+:/.test(line));
  const last = lines.at(-1)?.replace(/^.*?\(\): /, '');
  return last ?? reason(thrown);
}
