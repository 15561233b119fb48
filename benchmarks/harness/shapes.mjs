// Kernels as models of one node: benchmarks/shapes/*.txt lists them, a line each.
//
//   conv 56x56 64>128 3x3 s2 relu      height x width, channels in > out, window, stride (s2x1: of rows and columns); d2:
//                                      dilation, g4: groups
//   depthwise 112x112 32 3x3 s1 relu6  height x width, channels, window, stride
//   gemm 128x768x3072 relu             m x n x k, the second operand constant, with a bias
//   matmul 12x128x128x64               batch x m x n x k, both operands inputs
import fs from 'node:fs';
import path from 'node:path';
import { writeModel, writeTensor } from './onnx.mjs';

/** A line's shape, or null for an empty one or a comment (from # on). */
export function parseShape(line) {
    const words = line.replace(/#.*/, '').trim().split(/\s+/).filter(Boolean);
    if (!words.length) return null;
    const wrong = () => new Error(`not a kernel's shape: '${line.trim()}'`);
    const numbers = (word, separator, count) => {
        const list = (word ?? '').split(separator).map(Number);
        if (list.length !== count || list.some((n) => !Number.isInteger(n) || n < 1)) throw wrong();
        return list;
    };
    const op = words.shift();
    const shape = { op, name: [op, ...words].join(' '), stride: [1, 1], dilation: 1, groups: 1, activation: null };
    if (op === 'conv' || op === 'depthwise') {
        [shape.height, shape.width] = numbers(words.shift(), 'x', 2);
        [shape.in, shape.out] = op === 'conv' ? numbers(words.shift(), '>', 2) : Array(2).fill(numbers(words.shift(), 'x', 1)[0]);
        shape.window = numbers(words.shift(), 'x', 2);
        if (op === 'depthwise') shape.groups = shape.in;
    } else if (op === 'gemm') {
        [shape.m, shape.n, shape.k] = numbers(words.shift(), 'x', 3);
    } else if (op === 'matmul') {
        [shape.batch, shape.m, shape.n, shape.k] = numbers(words.shift(), 'x', 4);
    } else {
        throw wrong();
    }
    for (const word of words) {
        const [, letter, count] = /^([dg])([1-9]\d*)$/.exec(word) ?? [];
        const [, rows, columns = rows] = /^s([1-9]\d*)(?:x([1-9]\d*))?$/.exec(word) ?? [];
        if (rows) shape.stride = [Number(rows), Number(columns)];
        else if (letter) shape[{ d: 'dilation', g: 'groups' }[letter]] = Number(count);
        else if (word === 'relu' || word === 'relu6') shape.activation = word;
        else throw wrong();
    }
    if (shape.window) {
        // As most networks have it: an odd window in the middle, an even one inside.
        shape.pad = shape.window.map((size) => (size % 2 ? ((size - 1) / 2) * shape.dilation : 0));
        const extent = (size, i) => Math.floor((size + 2 * shape.pad[i] - (shape.window[i] - 1) * shape.dilation - 1) / shape.stride[i]) + 1;
        [shape.outHeight, shape.outWidth] = [extent(shape.height, 0), extent(shape.width, 1)];
        if (shape.outHeight < 1 || shape.outWidth < 1 || shape.in % shape.groups || shape.out % shape.groups) throw wrong();
    }
    return shape;
}

/** All shapes of some files, each once, in order, with the names of the lists that it is in. */
export function readShapes(files) {
    const shapes = new Map();
    for (const file of files) {
        fs.readFileSync(file, 'utf8').split('\n').forEach((line, i) => {
            let shape;
            try {
                shape = parseShape(line);
            } catch (error) {
                throw new Error(`${file}:${i + 1}: ${error.message}`);
            }
            if (!shape) return;
            if (!shapes.has(shape.name)) shapes.set(shape.name, { ...shape, lists: [] });
            const { lists } = shapes.get(shape.name);
            if (!lists.includes(path.basename(file, '.txt'))) lists.push(path.basename(file, '.txt'));
        });
    }
    return [...shapes.values()];
}

/** Multiples of 1/128 in [-1, 1) that repeat in step with no extent: the same for everybody. */
function noise(dims, seed) {
    let state = seed;
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return (((state >>> 16) & 255) - 128) / 128;
    });
    return { type: 1, dims, data };
}

const relu = (activation) => (value) => (activation ? Math.min(Math.max(value, 0), activation === 'relu6' ? 6 : Infinity) : value);

/** The operands, in ONNX's layout: {x, w, bias}. */
function operands(shape) {
    const { op, m, n, k, batch } = shape;
    if (op === 'gemm') return { x: noise([m, k], 1), w: noise([k, n], 2), bias: noise([n], 3) };
    if (op === 'matmul') return { x: noise([batch, m, k], 1), w: noise([batch, k, n], 2) };
    return {
        x: noise([1, shape.in, shape.height, shape.width], 1),
        w: noise([shape.out, shape.in / shape.groups, ...shape.window], 2),
        bias: noise([shape.out], 3),
    };
}

/** The plain sum, in double precision. */
function reference(shape, { x, w, bias }) {
    const act = relu(shape.activation);
    const out = [];
    if (shape.op === 'gemm' || shape.op === 'matmul') {
        const { batch = 1, m, n, k } = shape;
        for (let b = 0; b < batch; ++b) {
            for (let i = 0; i < m; ++i) {
                const row = new Float64Array(n);
                for (let p = 0; p < k; ++p) {
                    const a = x.data[(b * m + i) * k + p];
                    const from = (b * k + p) * n;
                    for (let j = 0; j < n; ++j) row[j] += a * w.data[from + j];
                }
                for (let j = 0; j < n; ++j) out.push(act(row[j] + (bias?.data[j] ?? 0)));
            }
        }
        return { type: 1, dims: shape.op === 'gemm' ? [m, n] : [shape.batch, m, n], data: Float32Array.from(out) };
    }
    const { in: channels, out: filters, groups, height, width, window: [kh, kw], outHeight, outWidth, stride, dilation, pad } = shape;
    const depth = channels / groups;
    for (let o = 0; o < filters; ++o) {
        const first = Math.floor(o / (filters / groups)) * depth;
        const plane = new Float64Array(outHeight * outWidth).fill(bias.data[o]);
        for (let c = 0; c < depth; ++c) {
            for (let i = 0; i < kh; ++i) {
                for (let j = 0; j < kw; ++j) {
                    const weight = w.data[((o * depth + c) * kh + i) * kw + j];
                    for (let y = 0; y < outHeight; ++y) {
                        const row = y * stride[0] - pad[0] + i * dilation;
                        if (row < 0 || row >= height) continue;
                        const from = ((first + c) * height + row) * width;
                        for (let z = 0; z < outWidth; ++z) {
                            const column = z * stride[1] - pad[1] + j * dilation;
                            if (column >= 0 && column < width) plane[y * outWidth + z] += weight * x.data[from + column];
                        }
                    }
                }
            }
        }
        for (const value of plane) out.push(act(value));
    }
    return { type: 1, dims: [1, filters, outHeight, outWidth], data: Float32Array.from(out) };
}

function nodesOf(shape) {
    const { op, activation, pad, stride, dilation, groups, window } = shape;
    const y = activation ? 'sum' : 'y';
    const attributes = { kernel_shape: window, strides: stride, pads: [...(pad ?? []), ...(pad ?? [])], dilations: [dilation, dilation], group: groups };
    const nodes = [
        op === 'gemm' ? { op: 'Gemm', inputs: ['x', 'w', 'bias'], outputs: [y] }
        : op === 'matmul' ? { op: 'MatMul', inputs: ['x', 'w'], outputs: [y] }
        : { op: 'Conv', inputs: ['x', 'w', 'bias'], outputs: [y], attributes },
    ];
    if (activation === 'relu') nodes.push({ op: 'Relu', inputs: ['sum'], outputs: ['y'] });
    if (activation === 'relu6') nodes.push({ op: 'Clip', inputs: ['sum', 'zero', 'six'], outputs: ['y'] });
    return nodes;
}

/** Writes a shape as a case (see cases.mjs) into a folder below `root`, unless it is there; gives the folder. */
export function writeShapeCase(root, shape) {
    const folder = path.join(root, shape.name.replaceAll(' ', '-').replaceAll('>', '-'));
    const done = path.join(folder, 'meta.json');
    if (fs.existsSync(done)) return folder;
    const data = operands(shape);
    const y = reference(shape, data);
    const scalar = (value) => ({ type: 1, dims: [], data: Float32Array.of(value) });
    const { x, w, bias } = data;
    const model = writeModel({
        nodes: nodesOf(shape),
        inputs: [{ name: 'x', dims: x.dims }, ...(shape.op === 'matmul' ? [{ name: 'w', dims: w.dims }] : [])],
        outputs: [{ name: 'y', dims: y.dims }],
        initializers: {
            ...(shape.op === 'matmul' ? {} : { w, bias }),
            ...(shape.activation === 'relu6' ? { zero: scalar(0), six: scalar(6) } : {}),
        },
    });
    fs.mkdirSync(path.join(folder, 'test_data_set_0'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'model.onnx'), model);
    const set = (name, tensor) => fs.writeFileSync(path.join(folder, 'test_data_set_0', `${name}.pb`), writeTensor(tensor));
    set('input_0', x);
    if (shape.op === 'matmul') set('input_1', w);
    set('output_0', y);
    // A share of the largest value: sums cancel. The share is that of the reference models' tolerances.
    const largest = y.data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    fs.writeFileSync(done, JSON.stringify({ tolerance: { y: { atol: 3e-5 * largest, rtol: 1e-3 } } }));
    return folder;
}

/** NCHW to NHWC. */
export function channelsLast({ type, dims: [n, c, h, w], data }) {
    const out = new data.constructor(data.length);
    for (let i = 0; i < n; ++i)
        for (let j = 0; j < c; ++j)
            for (let at = 0; at < h * w; ++at) out[(i * h * w + at) * c + j] = data[(i * c + j) * h * w + at];
    return { type, dims: [n, h, w, c], data: out };
}

/** NHWC to NCHW. */
export function channelsFirst({ type, dims: [n, h, w, c], data }) {
    const out = new data.constructor(data.length);
    for (let i = 0; i < n; ++i)
        for (let at = 0; at < h * w; ++at)
            for (let j = 0; j < c; ++j) out[(i * c + j) * h * w + at] = data[(i * h * w + at) * c + j];
    return { type, dims: [n, c, h, w], data: out };
}

/** The operands in tfjs's layouts: x NHWC, filters HWIO (depthwise HWC1). */
export function tfjsOperands(shape) {
    const { x, w, bias } = operands(shape);
    if (!shape.window) return { x, w, bias };
    const [o, i, kh, kw] = w.dims;
    const filters = new Float32Array(w.data.length);
    const depthwise = shape.op === 'depthwise';
    for (let a = 0; a < o; ++a)
        for (let b = 0; b < i; ++b)
            for (let at = 0; at < kh * kw; ++at) {
                filters[depthwise ? at * o + a : (at * i + b) * o + a] = w.data[(a * i + b) * kh * kw + at];
            }
    return { x: channelsLast(x), w: { type: 1, dims: depthwise ? [kh, kw, o, 1] : [kh, kw, i, o], data: filters }, bias };
}
