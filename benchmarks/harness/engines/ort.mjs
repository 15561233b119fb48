// onnxruntime-web, its WebAssembly provider with all graph optimisations and one thread.
import { elementTypes } from '../onnx.mjs';

const typeNumbers = Object.fromEntries(Object.entries(elementTypes).map(([number, { name }]) => [name === 'float' ? 'float32' : name === 'double' ? 'float64' : name, Number(number)]));
const typeNames = Object.fromEntries(Object.entries(typeNumbers).map(([name, number]) => [number, name]));

/** ort: the imported module. model: the bytes of the .onnx. outputs: the names to ask for. inputs: tensors by name. */
export async function open(ort, model, outputs, inputs) {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.proxy = false;
    ort.env.logLevel = 'error';
    const session = await ort.InferenceSession.create(model, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        logSeverityLevel: 3,
    });
    // Made once: the session copies their data into its memory at each run.
    const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { type, dims, data }]) =>
        [name, new ort.Tensor(typeNames[type], data, dims)]));
    let results;
    return {
        async call() {
            results = await session.run(feeds, outputs);
        },
        outputs() {
            return Object.fromEntries(Object.entries(results).map(([name, { type, dims, data }]) =>
                [name, { type: typeNumbers[type], dims: [...dims], data }]));
        },
        close: () => session.release(),
    };
}
