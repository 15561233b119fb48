// What benchmarks/load runs, and whose --help tells the options: modules from bytes in hand to their first result.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readToolchain, runProgram } from './build.mjs';
import { timeText } from './report.mjs';
import { minimum } from './statistics.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const work = path.join(root, 'build/benchmarks/load');
const models = path.join(root, '../shared/models');
const { values: options } = parseArgs({ options: { peers: { type: 'string', default: 'ort' }, starts: { type: 'string', default: '5' } } });

const silero = path.join(models, 'silero_vad_v5');
const cases = [
    { name: 'digits', model: path.join(root, 'examples/digits/digits.onnx'), words: [] },
    {
        name: 'silero_vad_v5',
        model: path.join(silero, 'model.onnx'),
        words: ['--bind', `sr=${silero}/test_data_set_0/input_2.pb`, '--dims-from', `${silero}/test_data_set_0`],
        bound: { name: 'sr', type: 'i64', shape: [], value: 16000 },
    },
    { name: 'mobilenet_v2_10_224', model: path.join(models, 'mobilenet_v2_10_224/model.onnx'), words: ['--dims-from', path.join(models, 'mobilenet_v2_10_224/test_data_set_0')] },
].filter(({ model }) => fs.existsSync(model));

/** The least of each figure of several fresh processes. */
async function least(toolchain, job, engine) {
    const runs = [];
    for (let i = 0; i < Number(options.starts); ++i) {
        runs.push(JSON.parse(await runProgram([toolchain.WASMINFER_NODE, '--expose-gc', path.join(here, 'loaded.mjs'), job, engine])));
    }
    return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, minimum(runs.map((run) => run[key]))]));
}

const megabytes = (bytes) => `${(bytes / 1048576).toFixed(1)} MB`;
const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const toolchain = readToolchain(root);
row(['model', 'engine', 'load', 'first run', 'resident memory', 'checksum']);
row(['---', '---', '---:', '---:', '---:', '---:']);
for (const { name, model, words, bound } of cases) {
    const folder = path.join(work, name);
    await runProgram([toolchain.generator, 'module', model, '-o', folder, '--name', name, '--simd', 'simd', '--target', 'node', ...words]);
    const job = path.join(work, `${name}.json`);
    const { inputs } = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    fs.writeFileSync(job, JSON.stringify({ folder, name, model, inputs: [...inputs, ...bound ? [bound] : []], peersFolder: path.join(root, 'build/peers') }));
    for (const engine of options.peers === 'none' ? ['ours'] : ['ours', 'onnxruntime-web']) {
        const { load, first, resident, rate } = await least(toolchain, job, engine);
        row([name, engine, timeText(load), timeText(first), megabytes(resident), rate ? `${(rate * 1e-9).toFixed(1)} GB/s` : '']);
    }
}
