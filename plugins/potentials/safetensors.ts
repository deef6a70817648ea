/**
 * Reads and writes the safetensors format, so that weights open in Python with one call.
 *
 * Layout: an unsigned 64-bit little-endian length n; n bytes of JSON, `{ name: { dtype, shape, data_offsets: [begin, end] }, ... }`
 * padded with spaces so that the data begin at a multiple of 8; then the data, little-endian, row-major, in the order of the header.
 */
import { InputError } from '../../engine/index.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Bytes of a safetensors file. 64-bit tensors come first, which keeps every tensor aligned. `metadata` holds strings by name. */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of ordered) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (size !== data.length)
      throw new InputError(name, `a tensor of shape [${shape.join(', ')}] cannot hold ${data.length} numbers`);
    header[name] = {
      dtype: data instanceof Float64Array ? 'F64' : 'F32',
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + offset).fill(0x20, 8, 8 + length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const [, { data }] of ordered) {
    const wide = data instanceof Float64Array;
    for (let k = 0; k < data.length; k++, at += wide ? 8 : 4) {
      if (wide) view.setFloat64(at, data[k], true);
      else view.setFloat32(at, data[k], true);
    }
  }
  return bytes;
}

/** The tensors of a safetensors file with 32- or 64-bit floats. Throws InputError at `where` for anything else or a truncated file. */
export function readSafetensors(bytes: Uint8Array, where = ''): Record<string, Tensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  if (8 + length > bytes.length)
    throw new InputError(where, `not a complete safetensors file (${bytes.length} bytes); train the model again`);
  let header: Record<string, Entry>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, Entry>;
  } catch (cause) {
    throw new InputError(where, 'not a safetensors file: its header is not JSON', { cause });
  }
  const tensors: Record<string, Tensor> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = entry.data_offsets;
    if (8 + length + end > bytes.length) throw new InputError(where, `the tensor "${name}" is cut off; train the model again`);
    if (entry.dtype !== 'F32' && entry.dtype !== 'F64')
      throw new InputError(where, `the tensor "${name}" has the type ${entry.dtype}; F32 and F64 are read`);
    const wide = entry.dtype === 'F64';
    const data = wide ? new Float64Array((end - begin) / 8) : new Float32Array((end - begin) / 4);
    for (let k = 0; k < data.length; k++)
      data[k] = wide ? view.getFloat64(8 + length + begin + 8 * k, true) : view.getFloat32(8 + length + begin + 4 * k, true);
    tensors[name] = { shape: entry.shape, data };
  }
  return tensors;
}
