import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../engine/index.ts';
import { readSafetensors, writeSafetensors } from '../../../plugins/potentials/safetensors.ts';

const tensors = {
  bias: { shape: [3], data: Float32Array.of(0.5, -2, 1e-3) },
  table: { shape: [2, 2], data: Float64Array.of(Math.PI, -1, 2 ** -60, 4) },
};

test('the bytes are as the format says: length, JSON header padded to 8, then the data it points to', () => {
  const bytes = writeSafetensors(tensors, { model: 'spline' });
  const view = new DataView(bytes.buffer);
  const length = Number(view.getBigUint64(0, true));
  assert.is(length % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assert.equal(header.__metadata__, { model: 'spline' });
  assert.equal(header.table, { dtype: 'F64', shape: [2, 2], data_offsets: [0, 32] });
  assert.equal(header.bias, { dtype: 'F32', shape: [3], data_offsets: [32, 44] });
  assert.is(bytes.length, 8 + length + 44);
  assert.is(view.getFloat64(8 + length, true), Math.PI);
  assert.is(view.getFloat32(8 + length + 32, true), 0.5);
});

test('what is written is read back to the bit, also from the middle of a larger buffer', () => {
  const bytes = writeSafetensors(tensors);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const read = readSafetensors(shifted.subarray(3));
  assert.equal(read.table, tensors.table);
  assert.equal(read.bias, tensors.bias);
});

test('truncated files, other types and wrong shapes are errors that name the file or tensor', () => {
  const bytes = writeSafetensors(tensors);
  for (const length of [4, 20, bytes.length - 1])
    assert.throws(
      () => readSafetensors(bytes.subarray(0, length), 'weights'),
      (e: Error) => e instanceof InputError && /^weights: /.test(e.message),
    );
  assert.throws(() => writeSafetensors({ x: { shape: [2, 3], data: new Float32Array(5) } }), /x: a tensor of shape \[2, 3\]/);
});

test.run();
