/** WebAssembly kernels that are compiled when first asked for. */

/** @returns what gives the module of a binary in base64, or null where this machine's WebAssembly cannot run it (it has no SIMD) */
export function kernelModule(binary: string): () => WebAssembly.Module | null {
  let compiled: WebAssembly.Module | null | undefined;
  return () => {
    if (compiled === undefined) {
      const bytes = Uint8Array.from(atob(binary), (c) => c.charCodeAt(0));
      compiled = typeof WebAssembly === 'object' && WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
    }
    return compiled;
  };
}
