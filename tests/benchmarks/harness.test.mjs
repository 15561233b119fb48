// The logic of benchmarks/harness: statistics, comparison, shapes, ONNX files, tables.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const { callsFor, geometricMean, median, minimum } = await import('../../benchmarks/harness/statistics.mjs');
const { difference, firstDifference } = await import('../../benchmarks/harness/compare.mjs');
const { modelFace, readTensor, writeModel, writeTensor } = await import('../../benchmarks/harness/onnx.mjs');
const { channelsFirst, channelsLast, parseShape, readShapes, tfjsOperands, writeShapeCase } = await import('../../benchmarks/harness/shapes.mjs');
const { failures, meanRatio, ratio, shareOfPeak, table, timeText } = await import('../../benchmarks/harness/report.mjs');
const { goalTable } = await import('../../benchmarks/harness/goals.mjs');
const { readCase, tfliteBeside } = await import('../../benchmarks/harness/cases.mjs');
const { serve } = await import('../../benchmarks/harness/browser.mjs');
const litert = await import('../../benchmarks/harness/engines/litert.mjs');
const { hashOfDependencies, isQuantised, programText, readFace } = await import('../../benchmarks/harness/build.mjs');
const { costTable } = await import('../../benchmarks/harness/sizes.mjs');
const { commonIncludes, inParallel } = await import('../../benchmarks/harness/kernels.mjs');
const { chart } = await import('../../benchmarks/harness/chart.mjs');
const { measure } = await import('../../benchmarks/harness/measure.mjs');

const floats = (dims, ...data) => ({ type: 1, dims, data: Float32Array.from(data) });

test('minimum, median, geometric mean, calls', () => {
    assert.equal(minimum([3, 1, 2]), 1);
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.ok(Math.abs(geometricMean([2, 8]) - 4) < 1e-12);
    assert.equal(callsFor(0.01, 0.003), 4);
    assert.equal(callsFor(0.01, 5), 1);
});

test('a difference is found where the tolerance ends', () => {
    const expected = floats([2], 1, 100);
    const tolerance = { atol: 0.25, rtol: 0.125 };
    assert.equal(difference(floats([2], 1.375, 112.75), expected, tolerance), null);
    assert.match(difference(floats([2], 1.5, 100), expected, tolerance), /^element 0 is 1.5, expected 1$/);
    assert.match(difference(floats([2], 1, NaN), expected, tolerance), /^element 1 /);
    assert.equal(difference(floats([1], NaN), floats([1], NaN), tolerance), null);
    assert.equal(difference(floats([1], Infinity), floats([1], Infinity), tolerance), null);
    assert.match(difference(floats([1, 2], 1, 100), expected, tolerance), /expected 1 \[2\]/);
});

test('outliers have a bound of their own, and a number', () => {
    const expected = floats([4], 0, 0, 0, 0);
    const tolerance = { atol: 0.1, outliers: { fraction: 0.25, atol: 1 } };
    assert.equal(difference(floats([4], 0, 0.9, 0, 0), expected, tolerance), null);
    assert.match(difference(floats([4], 0, 0.9, 0.5, 0), expected, tolerance), /element 1/);
    assert.match(difference(floats([4], 0, 1.5, 0, 0), expected, tolerance), /element 1/);
});

test('64-bit integers and halves are compared as what they are', () => {
    const wide = (n) => ({ type: 7, dims: [1], data: BigInt64Array.of(n) });
    assert.equal(difference(wide(2n ** 53n + 1n), wide(2n ** 53n + 1n), { atol: 0, rtol: 0 }), null);
    const half = (bits) => ({ type: 10, dims: [1], data: Uint16Array.of(bits) });
    assert.equal(difference(half(0x3c00), half(0x3c01), { atol: 1 / 1024, rtol: 0 }), null);
    assert.match(difference(half(0x3c00), half(0x4000), { atol: 0.5, rtol: 0 }), /is 1, expected 2/);
});

test('a missing output is a difference', () => {
    assert.equal(firstDifference({}, [{ name: 'y', tensor: floats([1], 1) }]), 'y is missing');
});

test('tensors and models survive their files', () => {
    assert.deepEqual(readTensor(writeTensor(floats([2, 1], 1.5, -2))), floats([2, 1], 1.5, -2));
    const model = writeModel({
        nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'] }],
        inputs: [{ name: 'x', dims: [1, 2] }, { name: 'w', dims: [2, 1] }],
        outputs: [{ name: 'y', dims: [1, 1] }],
        initializers: { w: floats([2, 1], 1, 2) },
    });
    assert.deepEqual(modelFace(model), { inputs: ['x'], outputs: ['y'] });
    assert.throws(() => modelFace(model.subarray(0, model.length - 3)), /ends early/);
});

test('numbers of a tensor may stand one by one, packed, or raw', () => {
    // dims 2, int64, int64_data 300 and -1, packed.
    const packed = Uint8Array.of(8, 2, 16, 7, 58, 12, 172, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
    assert.deepEqual(readTensor(packed).data, BigInt64Array.of(300n, -1n));
    const single = Uint8Array.of(8, 1, 16, 6, 40, 7);
    assert.deepEqual(readTensor(single).data, Int32Array.of(7));
});

test('shapes are read, and what is none is named', () => {
    const { name, ...shape } = parseShape('conv 56x28 64>128 3x3 s2 d2 relu # a comment');
    assert.equal(name, 'conv 56x28 64>128 3x3 s2 d2 relu');
    assert.deepEqual([shape.pad, shape.outHeight, shape.outWidth, shape.activation], [[2, 2], 28, 14, 'relu']);
    assert.equal(parseShape('depthwise 7x7 960 3x3').groups, 960);
    const { stride, pad, outHeight, outWidth } = parseShape('conv 8x640 1>258 3x256 s2x128');
    assert.deepEqual([stride, pad, outHeight, outWidth], [[2, 128], [1, 0], 4, 4]);
    assert.deepEqual(parseShape('  # nothing'), null);
    for (const wrong of ['conv 5x5 3 3x3', 'conv 5x5 3>4 6x6', 'gemm 1x2', 'pool 5x5', 'gemm 1x2x3 s0']) {
        assert.throws(() => parseShape(wrong), /not a kernel's shape/, wrong);
    }
});

test('every list of shapes can be read', () => {
    const folder = new URL('../../benchmarks/shapes/', import.meta.url).pathname;
    const shapes = readShapes(fs.readdirSync(folder).map((name) => folder + name));
    assert.ok(shapes.length > 50);
    assert.deepEqual(shapes.find(({ name }) => name === 'conv 14x14 192>64 1x1').lists, ['mobilenet_v2']);
});

test('a shape becomes a case whose reference is the plain sum', () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'shapes-'));
    try {
        const shape = parseShape('conv 2x3 1>2 1x1 relu');
        const { inputs, expected, names } = readCase(writeShapeCase(root, shape));
        assert.deepEqual(names, { inputs: ['x'], outputs: ['y'] });
        const { w, bias } = tfjsOperands(shape);
        const y = [0, 1].flatMap((o) => [...inputs.x.data].map((x) => Math.fround(Math.max(0, x * w.data[o] + bias.data[o]))));
        assert.deepEqual([...expected[0].tensor.data], y);
        assert.deepEqual(expected[0].tensor.dims, [1, 2, 2, 3]);
    } finally {
        fs.rmSync(root, { recursive: true });
    }
});

test('layouts are each other\'s inverse', () => {
    const x = floats([1, 2, 1, 3], 1, 2, 3, 4, 5, 6);
    assert.deepEqual([...channelsLast(x).data], [1, 4, 2, 5, 3, 6]);
    assert.deepEqual(channelsFirst(channelsLast(x)), x);
});

test('accessors of a generated header are found, and called', () => {
    const header = `
    /// x: f32[1,2]. Fill before each run(), which overwrites it.
    wasminfer::tensor_view<float, 1, 2> x() noexcept
    {
        return wasminfer::tensor_view<float, 1, 2>{f32(x_at)};
    }
    /// Copies elements into it.
    template <class Range>
    void x(const Range& elements) noexcept
    {
        wasminfer::copy_elements(elements, std::span<float>{x()});
    }
    static constexpr std::array<wasminfer::index, 2> x_shape() noexcept { return {1, 2}; }

    /// y: i64[n]. Valid until the next run().
    wasminfer::free_tensor_view<const std::int64_t, 1> y() const noexcept
    {
        return wasminfer::free_tensor_view<const std::int64_t, 1>{i64(y_at), y_shape()};
    }
    std::array<wasminfer::index, 1> y_shape() const noexcept { return {n_d}; }
`;
    const face = readFace(header);
    assert.deepEqual(face, { inputs: [{ accessor: 'x', type: 1, rank: 2 }], outputs: [{ accessor: 'y', type: 7, rank: 1 }] });
    assert.match(programText(face, true), /case 0: return model.y\(\).data\(\);/);
    assert.ok(!programText(face, false).includes('load_weights'));
});

test('a source that the compiler named by a relative path counts', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'depends-'));
    try {
        fs.writeFileSync(path.join(folder, 'a.d'), 'a.o: a.cpp \\\n  /nowhere/b.hpp\n');
        const hashOf = (text) => {
            fs.writeFileSync(path.join(folder, 'a.cpp'), text);
            return hashOfDependencies(path.join(folder, 'a.d'), folder);
        };
        assert.notEqual(hashOf('one'), hashOf('two'));
        assert.equal(hashOf('one'), hashOf('one'));
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
});

const results = [
    { name: 'slow', macs: 1e6, peak: 4e9, engines: { simd: { min: 2e-3, median: 3e-3 }, ort: { min: 1e-3, median: 1e-3 } } },
    { name: 'wrong', macs: 1e6, peak: 4e9, engines: { simd: { failure: 'y is missing' }, ort: { min: 1e-3, median: 1e-3 } } },
    { name: 'fast', macs: 1e6, peak: 4e9, engines: { simd: { min: 5e-4, median: 5e-4 }, ort: { min: 4e-3, median: 5e-3 } } },
];

test('ratios and means leave out what failed', () => {
    assert.equal(ratio(results[0], 'simd', 'ort'), 0.5);
    assert.equal(ratio(results[1], 'simd', 'ort'), null);
    const mean = meanRatio(results, 'simd', 'ort');
    assert.equal(mean.count, 2);
    assert.equal(mean.least, 0.5);
    assert.ok(Math.abs(mean.ratio - 2) < 1e-12);
    assert.equal(shareOfPeak(results[0], 'simd'), 0.25);
    assert.deepEqual(failures(results), ['- wrong, ours, SIMD: y is missing']);
});

test('a table has no time of what failed, and the worst first', () => {
    const lines = table(results).split('\n');
    assert.match(lines[2], /^\| wrong \| 1.00 ms \(1.00 ms\) \| failed \|  \|/);
    assert.match(lines[3], /^\| slow \| .* \| 2.00 ms \(3.00 ms\) \| 0.50× \| 25 % \|$/);
    assert.match(lines[4], /^\| fast /);
    assert.match(lines[6], /geometric mean 2.00×, least 0.50×, of 2/);
});

test('classes stand beside what is wanted of them, and those that are short are named', () => {
    const measured = (name, ours, peer, theirs, more) => ({ name, peak: 4e9, mixed: 3e9, engines: { simd: { min: ours }, [peer]: { min: theirs } }, ...more });
    const depthwise = (name, ratio) => measured(name, 1e-3, 'tfjs', ratio * 1e-3, { kernel: parseShape(name) });
    const text = goalTable([
        depthwise('depthwise 7x7 8 3x3', 1), depthwise('depthwise 7x7 8 5x5 s2', 4), depthwise('depthwise 7x7 8 7x7', 100),
        measured('gemm 384x384x384', 1e-3, 'tfjs', 1e-3, { kernel: parseShape('gemm 384x384x384'), macs: 1.5e6 }),
        measured('quick', 1e-6, 'ort', 6e-6), measured('slow', 1e-3, 'ort', 1.25e-3), measured('whole', 1e-3, 'ort', 1e-4, { integers: true }),
        measured('tiny', 1e-3, 'litert', 2e-3, { inPage: true }),
    ], ['simd']);
    assert.match(text, /^\| depthwise .* \| tfjs \(XNNPACK\) \| 2 \| 2.00× \(1.00×\) \| 2.00× \|$/m);
    assert.match(text, /^\| gemm 384x384x384 \| peak of separate .* \| 100 % \| 72 % \|$/m);
    assert.match(text, /^\| gemm 384x384x384 \| twice .* \| 75 % \| 72 % \|$/m);
    assert.match(text, /^\| float models \| onnxruntime-web \| 2 \| \*\*2.74×\*\* \(1.25×\) \| 3.00× \|$/m);
    assert.match(text, /^\| float models that take it .* \| 1 \| 1.25× \| each 1.30× \|$/m);
    assert.match(text, /^\| float models that are .tflite too \| LiteRT.js \| 1 \| 2.00× \| each 1.30× \|$/m);
    assert.match(text, /below 1.30× of onnxruntime-web: slow 1.25×$/m);
    assert.equal(goalTable([], ['simd']), '');
});

test('costs stand beside what they may be, and those past it are named', () => {
    const costs = (name, gzip, start, ort) => ({
        name, size: { raw: 4 * gzip, gzip, brotli: gzip }, weights: 0, compile: { processorSeconds: 5, megabytes: 200 }, start: { seconds: start, memory: 65536 },
        ...(ort ? { ort: { seconds: ort } } : {}),
    });
    const text = costTable([costs('digits', 11 * 1024, 0.002, 1), costs('big', 81 * 1024, 0.25, 2), costs('alone', 1024, 0.1)], { other: { raw: 2048, gzip: 1024, brotli: 512 } });
    assert.match(text, /^\| wasm \+ JS, gzip: digits \| 11.0 KB \| digits \| at most 12.0 KB \| 0 of 1 \|  \|$/m);
    assert.match(text, /^\| wasm \+ JS, gzip: the largest \| \*\*81.0 KB\*\* \| big \| at most 80.0 KB \| 1 of 3 \| big 81.0 KB \|$/m);
    assert.match(text, /^\| cold start, .* \| \*\*8.0×\*\* \| big \| at least 10.0× \| 1 of 2 \| big 8.0× \|$/m);
    assert.match(text, /^\| alone \| .* \| 100 ms \|  \|  \|$/m);
    assert.ok(!text.includes('mobilenet') && text.includes('other, without a model: 2.0 KB, gzip 1.0 KB'));
});

test('work in parallel keeps its order', async () => {
    const results = await inParallel([5, 1, 3], async (n, i) => {
        await new Promise((done) => setTimeout(done, n));
        return [n, i];
    });
    assert.deepEqual(results, [[5, 0], [1, 1], [3, 2]]);
    assert.equal(commonIncludes(['#include <a>\n#include "b"\n', 'x\n#include <c>\n#include <a>\n']), '#include <a>\n#include <c>\n');
});

test('what computes on quantised activations is known by its operators', () => {
    assert.deepEqual(['QuantizeLinear', 'com.microsoft::QLinearAdd', 'MatMulInteger', 'DequantizeLinear', 'Quux'].map(isQuantised), [true, true, true, false, false]);
});

test('LiteRT.js is given floats for int8, and gives int8 for floats', async () => {
    const made = [];
    class Tensor {
        constructor(data, shape) {
            made.push({ data: [...data], shape });
        }

        delete() {}
    }
    const y = { type: { dtype: 'float32', layout: { dimensions: [1, 3] } }, toTypedArray: () => Float32Array.of(-0.5, 0.25, 90), delete() {} };
    const library = { Tensor, loadAndCompile: () => ({ getInputDetails: () => [{ shape: [1, 2] }], run: () => [y], delete() {} }) };
    const quantisation = { scale: 0.25, zero_point: 4 };
    const engine = await litert.open(library, { input: quantisation, output: quantisation }, { inputs: ['x'], outputs: ['y'] }, { x: { type: 3, dims: [1, 2], data: Int8Array.of(4, -2) } });
    await engine.call();
    assert.deepEqual(made, [{ data: [0, -1.5], shape: [1, 2] }]);
    assert.deepEqual(engine.outputs(), { y: { type: 3, dims: [1, 3], data: Int8Array.of(2, 5, 127) } });
});

test('a .tflite beside a model is found, that with float inputs first', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tflite-'));
    try {
        assert.equal(tfliteBeside(folder), null);
        fs.writeFileSync(path.join(folder, 'model.tflite'), '');
        assert.deepEqual(tfliteBeside(folder), { file: 'model.tflite' });
        fs.writeFileSync(path.join(folder, 'model_float_io.tflite'), '');
        fs.writeFileSync(path.join(folder, 'meta.json'), '{"input_quantisation": 1, "output_quantisation": 2}');
        assert.deepEqual(tfliteBeside(folder), { file: 'model_float_io.tflite', input: 1, output: 2 });
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
});

test('the server gives its folders\' files and nothing else', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'serve-'));
    fs.mkdirSync(path.join(folder, 'open'));
    fs.writeFileSync(path.join(folder, 'open/a.mjs'), 'a');
    fs.writeFileSync(path.join(folder, 'secret'), 's');
    const server = await serve({ open: path.join(folder, 'open') }, 'page');
    try {
        const get = async (name) => {
            const answer = await fetch(server.url + name);
            return [answer.status, await answer.text(), answer.headers.get('content-type')];
        };
        assert.deepEqual(await get(''), [200, 'page', 'text/html']);
        assert.deepEqual(await get('open/a.mjs'), [200, 'a', 'text/javascript']);
        for (const name of ['open/b', 'open/..%2fsecret', 'secret', 'constructor/a', 'open']) assert.equal((await get(name))[0], 404, name);
    } finally {
        server.close();
        fs.rmSync(folder, { recursive: true });
    }
});

test('times have three digits and a unit', () => {
    assert.deepEqual([1.234e-6, 12.3456e-3, 0.99999, 1.5].map(timeText), ['1.23 µs', '12.3 ms', '1000 ms', '1500 ms']);
});

test('a chart draws what has a ratio', () => {
    const svg = chart([{ title: 'models', peer: 'ort', results }]);
    assert.ok(svg.includes('fast') && svg.includes('8.00') && !svg.includes('wrong'));
});

test('an engine that is wrong or throws is not timed', async () => {
    let calls = 0;
    const engine = (value) => ({ open: () => ({ call: () => void ++calls, outputs: () => ({ y: floats([1], value) }), close() {} }) });
    const { engines, peak } = await measure({
        engines: { right: engine(1), wrong: engine(2), missing: { open() { throw new Error('not there'); } } },
        expected: [{ name: 'y', tensor: floats([1], 1), tolerance: { atol: 0, rtol: 0 } }],
        peaks: { peak: { call() {}, operations: 1 } }, rounds: 2, warmUpSeconds: 0, roundSeconds: 1e-5,
    });
    assert.ok(engines.right.min >= 0 && engines.right.rounds === 2 && peak > 0);
    assert.deepEqual(engines.wrong, { failure: 'y element 0 is 2, expected 1' });
    assert.deepEqual(engines.missing, { failure: 'not there' });
});
