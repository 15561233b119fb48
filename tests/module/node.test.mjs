// What a module does once it is loaded, under whichever Node runs this.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { digits, modules, open, run } from './support.mjs';

const parts = await open('parts');
const x = (rows) => Float32Array.from({ length: 4 * rows }, (_, i) => i);
const ids = (rows) => BigInt64Array.from({ length: rows }, (_, i) => BigInt(i));
const mask = (rows) => Uint8Array.from({ length: rows }, (_, i) => i % 2);
const values = (rows) => ({ x: x(rows), 'the ids': ids(rows), mask: mask(rows) });

test('views: filled, run, read; they stay valid, and runs agree to the bit', async () => {
    const { load } = await open('digits');
    const m = await load();
    const { image } = m.inputs;
    const { probabilities } = m.outputs;
    assert.deepEqual([m.shape('image'), m.shape('probabilities')], [[1, 1, 8, 8], [1, 10]]);
    for (const picture of digits(20)) {
        image.set(picture);
        assert.equal(m.run(), undefined);
        const copies = m.run({ image: picture });
        assert.deepEqual(copies.probabilities, probabilities);
        assert.notEqual(copies.probabilities.buffer, probabilities.buffer);
        assert.ok(Math.abs(probabilities.reduce((a, b) => a + b) - 1) < 1e-5);
    }
    assert.equal(m.inputs.image, image);
    assert.equal(image.length, 64);
});

test('every type of element comes and goes as its own', async () => {
    const m = await parts.load();
    const result = m.run(values(3));
    assert.deepEqual(result['scores:0'], Float32Array.from([0, 2, 6, 12, 4, 10, 18, 28, 8, 18, 30, 44]));
    assert.deepEqual(result.doubled, BigInt64Array.of(0n, 2n, 4n));
    assert.deepEqual(result.halves.subarray(0, 3), Uint16Array.of(0, 0x3c00, 0x4000));
    assert.deepEqual(result.places, BigInt64Array.of(1n));
    assert.deepEqual(Object.keys(result), ['scores:0', 'doubled', 'halves', 'places']);
});

test('free dimensions: of the values, of resize(), and counted by the model', async () => {
    const m = await parts.load();
    assert.deepEqual(m.sizes, { seq: 8 });
    m.run(values(2));
    assert.deepEqual([m.sizes, m.shape('x'), m.shape('places')], [{ seq: 2 }, [2, 4], [1, 1]]);
    m.resize({ seq: 5 });
    assert.deepEqual([m.inputs.x.length, m.shape('scores:0')], [20, [5, 4]]);
    m.inputs.x.set(x(5));
    m.inputs['the ids'].set(ids(5));
    m.inputs.mask.fill(1);
    m.run();
    assert.deepEqual(m.outputs.places, BigInt64Array.of(0n, 1n, 2n, 3n, 4n));
    assert.throws(() => m.resize({ seq: 9 }), /TypeError: parts: seq is a multiple of 1 from 1 to 8, not 9/);
    assert.throws(() => m.resize({ seq: 2 ** 32 + 2 }), TypeError);
    assert.throws(() => m.resize({ seq: 1.5 }), TypeError);
    assert.throws(() => m.resize({ rows: 1 }), /there is no 'rows', but seq/);
    assert.deepEqual(m.sizes, { seq: 5 });
});

test('state: carried on, reset, kept and given back, also to another instance', async () => {
    const m = await parts.load(undefined, { instances: 2 });
    m.run(values(1));
    assert.deepEqual(m.inputs.h, Float32Array.of(0, 1, 2, 3));
    const state = m.snapshot();
    m.run(values(1));
    assert.deepEqual(m.inputs.h, Float32Array.of(0, 2, 4, 6));
    const other = m.another();
    assert.deepEqual(other.inputs.h, new Float32Array(4));
    other.restore(state);
    m.reset();
    assert.deepEqual([m.inputs.h, other.inputs.h], [new Float32Array(4), Float32Array.of(0, 1, 2, 3)]);
    assert.throws(() => m.restore(new Uint8Array(3)), /TypeError: parts: restore\(\) takes what snapshot\(\) gave/);
    m.run({ ...values(1), h: Float32Array.of(1, 1, 1, 1) });
    assert.deepEqual(m.inputs.h, Float32Array.of(1, 2, 3, 4));
});

test('what is wrong in a call is said, and changes nothing', async () => {
    const m = await parts.load();
    m.run(values(2));
    const say = (change, pattern) => assert.throws(() => m.run({ ...values(3), ...change }), pattern);
    say({ x: new Float32Array(11) }, /TypeError: parts: x takes a Float32Array of 12 elements \[3,4\], not Float32Array of 11/);
    say({ x: new Float64Array(12) }, /x takes a Float32Array of 12 elements \[3,4\], not Float64Array of 12/);
    say({ mask: undefined }, /mask takes a Uint8Array of 3 elements \[3\], not undefined/);
    say({ mask: [1, 2, 3] }, /not Array of 3/);
    say({ y: 1 }, /there is no 'y', but x,the ids,mask,h/);
    say({ x: x(9), 'the ids': ids(9), mask: mask(9) }, /seq is a multiple of 1 from 1 to 8, not 9/);
    assert.deepEqual(m.sizes, { seq: 2 });
    assert.throws(() => m.shape('y'), TypeError);
    assert.throws(() => m.another(), /RangeError: parts: no room is left for another instance; load\(source, {instances}\) reserves it/);
});

test('instances of one module: of their own memory, or over the same weights', async () => {
    const { load } = await open('digits');
    const [a, b] = digits(2);
    const first = await load(undefined, { instances: 3 });
    const apart = await load(first.module);
    const second = first.another();
    const third = first.another();
    assert.equal(first.module, apart.module);
    assert.equal(first.inputs.image.buffer, third.inputs.image.buffer);
    assert.notEqual(first.inputs.image.buffer, apart.inputs.image.buffer);
    const expected = [a, b, a].map((image) => apart.run({ image }).probabilities);
    first.inputs.image.set(a);
    second.inputs.image.set(b);
    third.inputs.image.set(a);
    for (const one of [first, second, third]) one.run();
    assert.deepEqual([first, second, third].map((one) => one.outputs.probabilities), expected);
});

test('profile: the steps with their calls', async () => {
    const m = await parts.load();
    m.run(values(2));
    m.run(values(2));
    const profile = m.profile();
    assert.ok(profile.some(({ kernel, calls }) => kernel.startsWith('nonzero') && calls === 2));
    assert.ok(profile.every(({ milliseconds, node }) => milliseconds >= 0 && typeof node === 'string'));
});

test('a build without vectors computes the same', async () => {
    const { load, folder } = await open('model');
    const m = await load();
    const other = await parts.load();
    assert.deepEqual(m.run(values(2)), other.run(values(2)));
    assert.ok(!fs.existsSync(path.join(folder, 'model.relaxed.wasm')));
});

test('a build without vectors has none', { skip: !process.env.EM_BINARYEN_ROOT }, () => {
    const validates = (name) => run([path.join(process.env.EM_BINARYEN_ROOT, 'bin/wasm-opt'), '--disable-simd', '--disable-relaxed-simd', path.join(modules, name), '-o', '/dev/null']).status === 0;
    assert.ok(validates('model/model.wasm'));
    assert.ok(!validates('parts/parts.wasm'));
});

test('relaxed SIMD is taken where a probe gives its product, and nowhere else', async (t) => {
    const { load, file } = await open('digits');
    const builtin = process.getBuiltinModule('node:fs');
    const { readFileSync } = builtin;
    const { Instance } = WebAssembly;
    t.after(() => { Object.assign(builtin, { readFileSync }); WebAssembly.Instance = Instance; });
    let taken;
    builtin.readFileSync = (name, ...rest) => {
        taken = path.basename(String(name));
        return readFileSync(name, ...rest);
    };
    const hasRelaxed = WebAssembly.validate(readFileSync(file('relaxed.wasm')));
    await load();
    assert.equal(taken, hasRelaxed ? 'digits.relaxed.wasm' : 'digits.wasm');
    for (const wrong of [function () { return { exports: { p: () => 66 } }; }, function () { throw new Error('none'); }]) {
        WebAssembly.Instance = wrong;
        await load();
        assert.equal(taken, 'digits.wasm');
    }
});

test('scripts evaluate nothing, and have no runtime beside them', () => {
    for (const name of ['digits', 'parts', 'halves']) {
        for (const file of fs.readdirSync(path.join(modules, name)).filter((one) => one.endsWith('.mjs'))) {
            const text = fs.readFileSync(path.join(modules, name, file), 'utf8');
            assert.doesNotMatch(text, /\beval\b|\bFunction\(|Module\[|emscripten/i, file);
            const imported = [...text.matchAll(/\bfrom *'([^']+)'/g)].map(([, one]) => one);
            assert.ok(imported.every((one) => /^\.\/\w+(\.relaxed)?\.(mjs|wasm(\?module)?|weights-\w+\.bin)$/.test(one)), `${file}: ${imported}`);
        }
    }
});

test('sources: a module, bytes, a URL, a promise, a Response', async () => {
    const { load, file } = await open('digits');
    const bytes = fs.readFileSync(file('digits.wasm'));
    const [image] = digits(1);
    const sources = [new WebAssembly.Module(bytes), bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
        new URL(`file://${file('digits.wasm')}`), `file://${file('digits.wasm')}`, Promise.resolve(bytes), new Response(bytes)];
    const results = [];
    for (const source of sources) results.push((await load(source)).run({ image }).probabilities);
    for (const result of results) assert.deepEqual(result, results[0]);
    await assert.rejects(load(new Response('gone', { status: 404 })), /answers 404/);
});

test('sizes: every script, and one with the program, of digits', () => {
    const gzip = (file) => gzipSync(fs.readFileSync(path.join(modules, file)), { level: 9 }).length;
    // parts has a state, a free size, profiles, weights at half size, and both programs, for all platforms.
    for (const name of ['digits', 'parts', 'model', 'halves', 'cached']) {
        for (const file of fs.readdirSync(path.join(modules, name)).filter((one) => one.endsWith('.mjs'))) {
            console.log(`${file} ${gzip(`${name}/${file}`)} bytes gzip`);
            assert.ok(gzip(`${name}/${file}`) <= 3 * 1024, file);
        }
    }
    const both = gzip('digits/digits.mjs') + gzip('digits/digits.wasm');
    console.log(`digits.mjs and digits.wasm ${both} bytes gzip`);
    assert.ok(both <= 12 * 1024);
});
