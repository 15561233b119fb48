// What benchmarks/size runs, and whose --help tells the options: bytes, compile time, memory and cold start of models.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { builds, generateModel, measureCompiler, readToolchain, runProgram } from './build.mjs';
import { findCases, generatorOptions, readCase } from './cases.mjs';
import { timeText } from './report.mjs';
import { costTable } from './sizes.mjs';
import { minimum } from './statistics.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const work = path.join(root, 'build/benchmarks');
const peersFolder = path.join(root, 'build/peers');
const ortWasm = path.join(peersFolder, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm');

/** What a page loads of each runtime, without a model; LiteRT.js: the build for browsers with relaxed SIMD. */
const runtimes = {
    'onnxruntime-web': ['onnxruntime-web/dist/ort-wasm-simd-threaded.wasm', 'onnxruntime-web/dist/ort.wasm.min.mjs'],
    'tfjs (which reads no ONNX)': [
        '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js',
        '@tensorflow/tfjs-core/dist/tf-core.fesm.min.js',
    ],
    'LiteRT.js (which reads no ONNX)': ['@litertjs/core/wasm/litert_wasm_internal.wasm', '@litertjs/core/wasm/litert_wasm_internal.js', '@litertjs/core/dist/index.js'],
};

const { values: options } = parseArgs({
    options: {
        models: { type: 'string', multiple: true },
        filter: { type: 'string', default: '' },
        peers: { type: 'string', default: 'ort' },
        starts: { type: 'string', default: '5' },
        json: { type: 'string', default: path.join(work, 'sizes.json') },
    },
});

/** Raw, gzip and brotli bytes of some files together. */
function sizes(files) {
    const bytes = files.map((file) => fs.readFileSync(file));
    const sum = (size) => bytes.reduce((total, one) => total + size(one), 0);
    return { raw: sum((b) => b.length), gzip: sum((b) => gzipSync(b, { level: 9 }).length), brotli: sum((b) => brotliCompressSync(b).length) };
}

/** The fastest of several first results, each in a process of its own. */
async function coldStart(toolchain, job, engine) {
    const starts = [];
    for (let i = 0; i < Number(options.starts); ++i) {
        starts.push(JSON.parse(await runProgram([toolchain.WASMINFER_NODE, path.join(here, 'cold.mjs'), job, engine])));
    }
    return { seconds: minimum(starts.map(({ seconds }) => seconds)), memory: starts[0].memory };
}

async function costsOf(toolchain, { name, group, folder }) {
    const place = path.join(work, group, name);
    const read = readCase(folder);
    const built = await generateModel(toolchain, path.join(folder, 'model.onnx'), place, generatorOptions(folder, read));
    const modules = { simd: path.join(place, 'simd.wasm') };
    const compile = await measureCompiler(toolchain, built.source, modules.simd, builds.simd);
    const jobFile = path.join(place, 'cold.json');
    fs.writeFileSync(jobFile, JSON.stringify({ ...built, modules, folder, peersFolder, ortWasm }));
    const result = { name, compile, size: sizes([modules.simd, path.join(here, 'engines/wasminfer.mjs')]), weights: built.weights ? fs.statSync(built.weights).size : 0 };
    result.start = await coldStart(toolchain, jobFile, 'simd');
    if (options.peers !== 'none') {
        // Where the peer can't run it, our own figures stand all the same.
        try {
            result.ort = await coldStart(toolchain, jobFile, 'ort');
        } catch (error) {
            result.ortFailure = error.message;
        }
    }
    return result;
}

const toolchain = readToolchain(root);
const digits = path.join(root, 'examples/worker/models/digits');
const beside = ['models', 'pytorch', 'peers/mlperf-tiny'].map((name) => path.join(root, '../shared', name));
const wanted = new RegExp(options.filter);
const cases = findCases(options.models ?? [digits, ...beside].filter((folder) => fs.existsSync(folder))).filter(({ name }) => wanted.test(name));
if (!cases.length) {
    console.error(`benchmarks/size: nothing matches '${options.filter}'`);
    process.exit(1);
}
if (options.peers !== 'none') process.stderr.write('compressing the other runtimes, which takes a minute\n');
const installed = options.peers === 'none' ? {} : Object.fromEntries(Object.entries(runtimes).map(([name, files]) =>
    [name, sizes(files.map((file) => path.join(peersFolder, 'node_modules', file)))]));
const results = [];
const failed = [];
fs.mkdirSync(path.dirname(options.json), { recursive: true });
for (const [i, one] of cases.entries()) {
    process.stderr.write(`[${i + 1}/${cases.length}] ${one.name}`);
    try {
        const result = await costsOf(toolchain, one);
        results.push(result);
        const { size, compile, start, ort, ortFailure } = result;
        process.stderr.write(`  ${(size.gzip / 1024).toFixed(1)} KB  ${compile.processorSeconds.toFixed(1)} s  ${timeText(start.seconds)}${ort ? ` ${timeText(ort.seconds)}` : ''}\n`);
        if (ortFailure) failed.push(`- ${one.name}, onnxruntime-web: ${ortFailure.replace(/\s+/g, ' ').slice(0, 300)}`);
    } catch (error) {
        process.stderr.write('  FAILED\n');
        failed.push(`- ${one.name}: ${error.message.replace(/\s+/g, ' ').slice(0, 300)}`);
    }
    fs.writeFileSync(options.json, JSON.stringify({ date: new Date().toISOString(), node: process.version, runtimes: installed, results, failed }, null, 1));
}
console.log(costTable(results, installed));
if (failed.length) console.log(`\nFailed:\n\n${failed.join('\n')}`);
