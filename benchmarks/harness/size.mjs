// What benchmarks/size runs, and whose --help tells the options: bytes, compile time, memory and cold start of models.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildModel, builds, measureCompiler, readToolchain, runProgram } from './build.mjs';
import { findCases, generatorOptions, readCase } from './cases.mjs';
import { timeText } from './report.mjs';
import { minimum } from './statistics.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const work = path.join(root, 'build/benchmarks');
const peersFolder = path.join(root, 'build/peers');
const ortFolder = path.join(peersFolder, 'node_modules/onnxruntime-web/dist');
const ortWasm = path.join(ortFolder, 'ort-wasm-simd-threaded.wasm');

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
    const built = await buildModel(toolchain, path.join(folder, 'model.onnx'), place, generatorOptions(folder, read), ['simd']);
    const compile = await measureCompiler(toolchain, built.source, built.modules.simd, builds.simd);
    const jobFile = path.join(place, 'cold.json');
    fs.writeFileSync(jobFile, JSON.stringify({ ...built, folder, peersFolder, ortWasm }));
    const result = { name, compile, size: sizes([built.modules.simd, path.join(here, 'engines/wasminfer.mjs')]), weights: built.weights ? fs.statSync(built.weights).size : 0 };
    result.start = await coldStart(toolchain, jobFile, 'simd');
    if (options.peers !== 'none') result.ort = await coldStart(toolchain, jobFile, 'ort');
    return result;
}

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const row = (cells) => `| ${cells.join(' | ')} |`;

const toolchain = readToolchain(root);
const beside = ['models', 'pytorch'].map((name) => path.join(root, '../shared', name)).filter((folder) => fs.existsSync(folder));
const wanted = new RegExp(options.filter);
const cases = findCases(options.models ?? beside).filter(({ name }) => wanted.test(name));
if (!cases.length) {
    console.error(`benchmarks/size: nothing matches '${options.filter}'`);
    process.exit(1);
}
const results = [];
const failed = [];
for (const [i, one] of cases.entries()) {
    process.stderr.write(`[${i + 1}/${cases.length}] ${one.name}\n`);
    try {
        results.push(await costsOf(toolchain, one));
    } catch (error) {
        failed.push(`- ${one.name}: ${error.message.replace(/\s+/g, ' ').slice(0, 300)}`);
    }
}
fs.mkdirSync(path.dirname(options.json), { recursive: true });
const ortSize = options.peers === 'none' ? null : sizes([ortWasm, path.join(ortFolder, 'ort.wasm.min.mjs')]);
fs.writeFileSync(options.json, JSON.stringify({ date: new Date().toISOString(), node: process.version, ort: ortSize, results }, null, 1));
console.log(row(['model', 'wasm + JS', 'gzip', 'brotli', 'weights', 'em++ -O3', 'its memory', 'linear memory', 'cold start', ...(ortSize ? ['onnxruntime-web', 'ratio'] : [])]));
console.log(row(['---', ...Array(ortSize ? 10 : 8).fill('---:')]));
for (const { name, size, weights, compile, start, ort } of results) {
    console.log(row([
        name, kilobytes(size.raw), kilobytes(size.gzip), kilobytes(size.brotli), kilobytes(weights), `${compile.processorSeconds.toFixed(1)} s`, `${Math.round(compile.megabytes)} MB`,
        kilobytes(start.memory), timeText(start.seconds), ...(ort ? [timeText(ort.seconds), `${(ort.seconds / start.seconds).toFixed(1)}×`] : []),
    ]));
}
if (ortSize) console.log(`\nonnxruntime-web itself: ${kilobytes(ortSize.raw)}, gzip ${kilobytes(ortSize.gzip)}, brotli ${kilobytes(ortSize.brotli)}.`);
if (failed.length) console.log(`\nFailed:\n\n${failed.join('\n')}`);
