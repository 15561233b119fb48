// A key/value cache kept in a module: cached.onnx of make_models.cpp.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './support.mjs';

test('cache: grows from run to run, is full, reset, kept, shortened and given back', async () => {
    const { load } = await open('cached');
    const m = await load(undefined, { instances: 2 });
    const full = { name: 'RangeError', message: 'cached: the cache has no room for more rows' };
    assert.deepEqual(m.sizes, { new: 4, past: 0 });
    // Rows come first: of x [2, new], and of what is kept [past, 2].
    assert.deepEqual(Object.keys(m.run({ x: Float32Array.of(1, 2, 10, 20) })), ['sums']);
    assert.deepEqual([m.sizes, m.shape('past'), m.inputs.past], [{ new: 2, past: 2 }, [2, 2], Float32Array.of(1, 10, 2, 20)]);
    const two = m.snapshot();
    assert.deepEqual(m.run({ x: Float32Array.of(3, 4, 5, 30, 40, 50) }).sums, Float32Array.of(15, 150));
    assert.equal(m.sizes.past, 5);
    assert.throws(() => m.run({ x: new Float32Array(8) }), full);
    assert.deepEqual([m.sizes, m.inputs.turns], [{ new: 3, past: 5 }, Float32Array.of(2)]);
    m.inputs.x.fill(1);
    assert.equal(m.run(), undefined);
    assert.deepEqual([m.outputs.sums, m.sizes.past], [Float32Array.of(18, 153), 8]);
    assert.throws(() => m.run(), full);
    assert.throws(() => m.run({ x: new Float32Array(2) }), full);
    const eight = m.snapshot();
    const other = m.another();
    other.restore(eight);
    assert.deepEqual([other.sizes.past, other.inputs.past], [8, m.inputs.past]);
    other.restore(two);
    assert.deepEqual([other.sizes.past, other.inputs.turns], [2, Float32Array.of(1)]);
    assert.deepEqual(other.run({ x: Float32Array.of(3, 30) }).sums, Float32Array.of(6, 60));
    other.resize({ past: 1 });
    assert.deepEqual(other.run({ x: Float32Array.of(0, 0) }).sums, Float32Array.of(1, 10));
    assert.throws(() => other.resize({ past: 9 }), TypeError);
    // Rows may be given, too.
    assert.deepEqual(other.run({ x: Float32Array.of(1, 1), past: Float32Array.of(5, 6, 7, 8) }).sums, Float32Array.of(13, 15));
    assert.equal(other.sizes.past, 3);
    m.reset();
    assert.deepEqual([m.sizes.past, m.inputs.past.length, m.inputs.turns[0]], [0, 0, 0]);
    assert.throws(() => m.restore(two.subarray(4)), /TypeError: cached: restore\(\) takes what snapshot\(\) gave/);
});
