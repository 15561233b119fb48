// Eigen, compiled by em++ with all that it knows of vectors there: SSE 4.2, which Emscripten translates.

// Its header of MMX, which Emscripten has not, is taken for included; and Eigen writes assembly for GCC before 6.3 (as which clang
// presents itself) and from 6.0 on, but not for a 5.20.
export const flags = ['-msimd128', '-msse4.2', '-D__MMINTRIN_H', '-fgnuc-version=5.20', '-sINITIAL_HEAP=134217728', '-sSTACK_SIZE=1MB', '-Wno-unused-command-line-argument'];

/** module: the bytes of eigen.wasm. shape: a gemm of shapes.mjs. data: its operands. */
export async function open(module, shape, { x, w, bias }) {
    const missing = new Proxy({}, { get: () => () => { throw new Error('eigen.wasm called out'); } });
    const { instance } = await WebAssembly.instantiate(module, new Proxy({}, { get: () => missing }));
    const { memory, _initialize, prepare, place, product, finish } = instance.exports;
    _initialize?.();
    prepare(shape.m, shape.n, shape.k);
    const view = (which, count) => new Float32Array(memory.buffer, place(which), count);
    view(0, x.data.length).set(x.data);
    view(1, w.data.length).set(w.data);
    view(2, bias.data.length).set(bias.data);
    return {
        call() {
            product();
            finish(shape.activation === 'relu');
        },
        outputs: () => ({ y: { type: 1, dims: [shape.m, shape.n], data: view(3, shape.m * shape.n).slice() } }),
        close() {},
    };
}
