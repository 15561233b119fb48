// LiteRT.js: TFLite and XNNPACK, on the CPU, one thread. Runs in a page alone.

/** Of elements quantised as {scale, zero_point}, or of those that are not (null), what LiteRT is given, and back. */
const dequantise = ({ data }, { scale, zero_point: zero }) => Float32Array.from(data, (q) => (q - zero) * scale);
const quantise = (data, { scale, zero_point: zero }) =>
    Int8Array.from(data, (y) => Math.min(127, Math.max(-128, Math.round(y / scale) + zero)));

const typeNumbers = { float32: 1, uint8: 2, int32: 6 };

/** litert: the imported module. folder: the URL of its .wasm files, of which it takes the one for this browser. */
export async function load(litert, folder) {
    await litert.loadLiteRt(folder);
    return litert;
}

/**
 * litert: of load(). tflite: {bytes, input, output}, see tfliteBeside() of cases.mjs. names: the ONNX model's {inputs, outputs},
 * in whose order those of the .tflite are. inputs: tensors by name.
 */
export async function open(litert, { bytes, input, output }, names, inputs) {
    const model = await litert.loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
    const given = model.getInputDetails().map(({ shape }, i) => {
        const tensor = inputs[names.inputs[i]];
        return { data: input ? dequantise(tensor, input) : tensor.data, shape };
    });
    let results;
    return {
        // A tensor can be filled only when it is made, so that belongs to a call, as the copy of the results to JavaScript does.
        async call() {
            const tensors = given.map(({ data, shape }) => new litert.Tensor(data, shape));
            const made = await model.run(tensors);
            results = made.map((tensor) => ({ dtype: tensor.type.dtype, dims: [...tensor.type.layout.dimensions], data: tensor.toTypedArray() }));
            for (const tensor of [...tensors, ...made]) tensor.delete();
        },
        outputs() {
            return Object.fromEntries(names.outputs.map((name, i) => {
                const { dtype, dims, data } = results[i];
                return [name, output ? { type: 3, dims, data: quantise(data, output) } : { type: typeNumbers[dtype], dims, data }];
            }));
        },
        close: () => model.delete(),
    };
}
