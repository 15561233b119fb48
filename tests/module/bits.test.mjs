// The same bits everywhere, over a selection of models; bits.mjs does it for any.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { canonical, caseBits } from './bits.mjs';
import { engines } from './bits_engines.mjs';

test('NaNs are alike whatever their bits, and nothing else is', () => {
    const f32 = (...words) => canonical(Buffer.from(Uint32Array.from(words).buffer), 'f32');
    assert.deepEqual(f32(0xffc00001, 0x7f800001), f32(0x7fc00000, 0x7fffffff));
    assert.notDeepEqual(f32(0x80000000), f32(0));
    assert.notDeepEqual(f32(0xff800000), f32(0x7f800000));
    const f16 = (word) => canonical(Buffer.from(Uint16Array.of(word).buffer), 'f16');
    assert.deepEqual(f16(0xfe01), f16(0x7c01));
    assert.notDeepEqual(f16(0x7c00), f16(0x7c01));
    const f64 = (word) => canonical(Buffer.from(BigUint64Array.of(word).buffer), 'f64');
    assert.deepEqual(f64(0xfff8000000000001n), f64(0x7ff0000000000001n));
    assert.deepEqual(canonical(Buffer.of(255, 255, 255, 255), 'i32'), Buffer.of(255, 255, 255, 255));
});

// A convolutional network, a policy, a recurrent state over two data sets.
test('the selection', async (t) => {
    const all = await engines(t);
    t.diagnostic(`engines: ${Object.keys(all)}`);
    for (const name of ['models/mnist_torch18', 'models/mujoco_go1_policy', 'models/dtln_1']) {
        const folder = path.join(process.env.MODULES_MODELS, name);
        await t.test(name, { skip: !fs.existsSync(folder) }, async () => {
            for (const { names, bits, equal } of await caseBits(folder, all)) assert.ok(equal, `${names}: ${JSON.stringify(bits)}`);
        });
    }
});
