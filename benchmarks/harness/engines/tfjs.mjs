// tfjs with its WebAssembly backend: XNNPACK's kernels, SIMD, one thread.

/** tf: tfjs-core, ready on the backend. shape: what shapes.mjs reads. data: x, w, bias in tfjs's own layouts. */
export function open(tf, shape, { x, w, bias }) {
    const { op, stride, dilation } = shape;
    const activation = shape.activation ?? 'linear';  // Some of its kernels refuse null.
    const pad = shape.pad && [[0, 0], ...shape.pad.map((size) => [size, size]), [0, 0]];
    const made = [tf.tensor(x.data, x.dims), tf.tensor(w.data, w.dims), ...(bias ? [tf.tensor(bias.data, bias.dims)] : [])];
    const [input, filter, offsets] = made;
    const fused = {
        conv: () => tf.fused.conv2d({ x: input, filter, strides: stride, pad, dilations: dilation, bias: offsets, activation }),
        depthwise: () => tf.fused.depthwiseConv2d({ x: input, filter, strides: stride, pad, dilations: dilation, bias: offsets, activation }),
        gemm: () => tf.fused.matMul({ a: input, b: filter, bias: offsets, activation }),
        matmul: () => tf.matMul(input, filter),
    }[op];
    let result;
    return {
        call() {
            result?.dispose();
            result = fused();
        },
        outputs: () => ({ y: { type: 1, dims: result.shape, data: result.dataSync() } }),
        close() {
            result?.dispose();
            made.forEach((tensor) => tensor.dispose());
        },
    };
}

/** Loads tfjs under Node, where it is installed in folder/node_modules. */
export async function load(require, folder) {
    const tf = require('@tensorflow/tfjs-core');
    const backend = require('@tensorflow/tfjs-backend-wasm');
    backend.setWasmPaths(`${folder}/node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    await tf.setBackend('wasm');
    await tf.ready();
    return tf;
}
