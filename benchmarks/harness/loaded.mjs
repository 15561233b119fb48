// One engine in this fresh process: loaded.mjs JOB.json ENGINE. Prints seconds from bytes in hand to ready, of the first run,
// bytes that resident memory grew by, and (ours) bytes a second of the weights' checksum. The inputs are zeros.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const seconds = () => performance.now() / 1000;
let load;
let rate = 0;
if (process.argv[3] === 'ours') {
    const module = await import(pathToFileURL(path.join(job.folder, `${job.name}.mjs`)));
    const read = (end) => fs.readFileSync(path.join(job.folder, fs.readdirSync(job.folder).find((name) => name.endsWith(end))));
    const program = read('.wasm');
    const weights = read('.bin');
    load = async () => {
        const m = await module.load(program, { weights });
        return () => m.run();
    };
} else {
    const library = createRequire(path.join(job.peersFolder, 'package.json'))('onnxruntime-web');
    library.env.wasm.numThreads = 1;
    library.env.wasm.wasmBinary = fs.readFileSync(path.join(job.peersFolder, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'));
    const model = fs.readFileSync(job.model);
    const types = { f32: ['float32', Float32Array], i64: ['int64', BigInt64Array] };
    load = async () => {
        const session = await library.InferenceSession.create(model, { executionProviders: ['wasm'] });
        const feeds = Object.fromEntries(job.inputs.map(({ name, type, shape, value }) => {
            const [word, array] = types[type];
            const data = new array(shape.reduce((a, b) => a * b, 1));
            if (value) data.fill(type === 'i64' ? BigInt(value) : value);
            return [name, new library.Tensor(word, data, shape)];
        }));
        return () => session.run(feeds);
    };
}
globalThis.gc();
const before = process.memoryUsage().rss;
const start = seconds();
const run = await load();
const ready = seconds();
await run();
const done = seconds();
const resident = process.memoryUsage().rss - before;
if (process.argv[3] === 'ours') {
    // Its checksum alone, over weights that are there already.
    const folder = job.folder;
    const read = (end) => fs.readFileSync(path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith(end))));
    const weights = read('.bin');
    const { exports } = (await WebAssembly.instantiate(read('.wasm'), {})).instance;
    exports._initialize?.();
    new Uint8Array(exports.memory.buffer, exports.weights(), weights.length).set(weights);
    const times = [];
    for (let i = 0; i < 50; ++i) {
        const from = seconds();
        exports.check();
        times.push(seconds() - from);
    }
    rate = weights.length / Math.min(...times);
}
process.stdout.write(JSON.stringify({ load: ready - start, first: done - ready, resident, rate }));
process.exit(0);
