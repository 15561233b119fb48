// Eigen, compiled by em++ with all that it knows of vectors there: SSE 4.2, which Emscripten translates.

// Its header of MMX, which Emscripten has not, is taken for included; and Eigen writes assembly for GCC before 6.3 (as which clang
// presents itself) and from 6.0 on, but not for a 5.20.
export const flags = ['-msimd128', '-msse4.2', '-D__MMINTRIN_H', '-fgnuc-version=5.20', '-sINITIAL_HEAP=134217728', '-sSTACK_SIZE=1MB', '-Wno-unused-command-line-argument'];

const limits = { relu: [0, Infinity], relu6: [0, 6] };

/** module: the bytes of eigen.wasm. shape: what shapes.mjs reads. data: its operands, as tfjsOperands() gives them. */
export async function open(module, shape, { x, w, bias }) {
    const missing = new Proxy({}, { get: () => () => { throw new Error('eigen.wasm called out'); } });
    const { instance } = await WebAssembly.instantiate(module, new Proxy({}, { get: () => missing }));
    const { memory, _initialize, prepare, place, set_layer, product, conv, depthwise, finish } = instance.exports;
    _initialize?.();
    const { op, window, in: channels, outHeight, outWidth, m, n, k, batch = 1 } = shape;
    const dims = window ? [1, outHeight, outWidth, shape.out] : op === 'matmul' ? [batch, m, n] : [m, n];
    const count = dims.reduce((a, b) => a * b, 1);
    prepare(x.data.length, w.data.length, bias?.data.length ?? 0, count, op === 'conv' ? outHeight * outWidth * window[0] * window[1] * channels : 0);
    if (window) set_layer(shape.height, shape.width, channels, outHeight, outWidth, shape.out, ...window, ...shape.stride, shape.dilation, ...shape.pad);
    const view = (which, size) => new Float32Array(memory.buffer, place(which), size);
    [x, w, bias].forEach((tensor, i) => tensor && view(i, tensor.data.length).set(tensor.data));
    const main = { conv, depthwise }[op] ?? (() => product(batch, m, n, k));
    const [low, high] = limits[shape.activation] ?? [-Infinity, Infinity];
    return {
        call() {
            main();
            if (bias) finish(count / bias.data.length, low, high);
        },
        outputs: () => ({ y: { type: 1, dims, data: view(3, count).slice() } }),
        close() {},
    };
}
