// One case in a page of a browser, as worker.mjs has it in a process of Node: where LiteRT.js runs, with the others beside it.
import * as litert from './engines/litert.mjs';
import * as ort from './engines/ort.mjs';
import * as ours from './engines/wasminfer.mjs';
import { measure, peakEngines } from './measure.mjs';
import { readTensor } from './onnx.mjs';

async function read(url) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
}

/** job: that of worker.mjs, with URLs in place of paths, and caseFiles() and tfliteBeside() of the case. What measure() gives. */
export async function runJob({ names, inputs: inputFiles, expected: expectedFiles, modules, weights, face, model, tflite, peak, peers, peersUrl, rounds, mostSeconds }) {
    const inputs = {};
    for (const [name, url] of Object.entries(inputFiles)) inputs[name] = readTensor(await read(url));
    const expected = [];
    for (const { name, file, tolerance } of expectedFiles) expected.push({ name, tensor: readTensor(await read(file)), tolerance });
    const engines = {};
    for (const [build, url] of Object.entries(modules)) {
        engines[build] = { open: async () => ours.open({ module: await read(url), weights: weights && await read(weights), face, names }, inputs) };
    }
    const open = {
        async ort() {
            const library = await import(`${peersUrl}onnxruntime-web/dist/ort.wasm.min.mjs`);
            return ort.open(library, await read(model), names.outputs, inputs);
        },
        async litert() {
            const library = await litert.load(await import('@litertjs/core'), `${peersUrl}@litertjs/core/wasm/`);
            return litert.open(library, { ...tflite, bytes: await read(tflite.file) }, names, inputs);
        },
    };
    for (const peer of peers) engines[peer] = { open: open[peer] };
    const { instance } = await WebAssembly.instantiate(await read(peak), {});
    // A page has the wall's clock alone, and a coarse one: longer measurements, and more time to be compiled beside other programs.
    return measure({ engines, expected, peaks: peakEngines(instance.exports), rounds, mostSeconds, roundSeconds: 0.006, warmUpSeconds: 2 });
}
