// Ours: a module without glue, made by build.mjs.
import { elementTypes } from '../onnx.mjs';

/**
 * source: {module, weights, face, names} — the bytes of the .wasm and of the weights file (or null), the header's accessors,
 * and the names of the model's {inputs, outputs} in the same order. data: input tensors by name. resident: inputs are copied
 * once, as the operands of a kernel alone, which leaves them as they are; otherwise at each call, as an app does.
 */
export async function open({ module, weights, face, names }, data, { resident = false } = {}) {
    const { instance } = await WebAssembly.instantiate(module, {});
    const { memory, _initialize, place_of_weights, load, place_of_input, place_of_output, extent_of_output, run } = instance.exports;
    _initialize?.();
    if (weights) {
        new Uint8Array(memory.buffer, place_of_weights(), weights.byteLength).set(new Uint8Array(weights));
    }
    if (!load()) throw new Error('the weights were refused');
    const copies = face.inputs.map((_, i) => {
        const bytes = bytesOf(data[names.inputs[i]]);
        return { to: new Uint8Array(memory.buffer, place_of_input(i), bytes.length), bytes };
    });
    const copyIn = () => {
        for (const { to, bytes } of copies) to.set(bytes);
    };
    copyIn();
    return {
        // A model's run may overwrite its inputs, so they are copied each time; outputs are read where they lie.
        call: resident ? run : () => {
            copyIn();
            run();
        },
        outputs() {
            return Object.fromEntries(face.outputs.map(({ type, rank }, i) => {
                const dims = Array.from({ length: rank }, (_, axis) => extent_of_output(i, axis));
                const count = dims.reduce((a, b) => a * b, 1);
                return [names.outputs[i], { type, dims, data: new elementTypes[type].array(memory.buffer, place_of_output(i), count).slice() }];
            }));
        },
        memoryBytes: () => memory.buffer.byteLength,
        close() {},
    };
}

function bytesOf({ data }) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
