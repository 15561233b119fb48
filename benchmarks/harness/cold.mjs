// One engine's first result in this fresh process: cold.mjs JOB.json ENGINE. Prints seconds and bytes of linear memory.
// Bytes are in hand and scripts are loaded before the clock starts.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readCase } from './cases.mjs';
import * as ort from './engines/ort.mjs';
import * as ours from './engines/wasminfer.mjs';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const { names, inputs } = readCase(job.folder);
let open;
if (process.argv[3] === 'ort') {
    const library = createRequire(path.join(job.peersFolder, 'package.json'))('onnxruntime-web');
    library.env.wasm.wasmBinary = fs.readFileSync(job.ortWasm);
    const model = fs.readFileSync(path.join(job.folder, 'model.onnx'));
    open = () => ort.open(library, model, names.outputs, inputs);
} else {
    const source = { module: fs.readFileSync(job.modules[process.argv[3]]), weights: job.weights && fs.readFileSync(job.weights), face: job.face, names };
    open = () => ours.open(source, inputs);
}
const start = performance.now();
const engine = await open();
await engine.call();
const seconds = (performance.now() - start) / 1000;
process.stdout.write(JSON.stringify({ seconds, memory: engine.memoryBytes?.() ?? null }));
process.exit(0);
