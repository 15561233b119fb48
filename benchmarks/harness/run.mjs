// What benchmarks/run runs, and whose --help tells the options: builds, measures, reports.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildModel, builds, compileModule, readToolchain, runProgram } from './build.mjs';
import { findCases, generatorOptions, readCase, readMeta } from './cases.mjs';
import { chart } from './chart.mjs';
import * as eigen from './engines/eigen.mjs';
import { failures, meanRatio, table, timeText } from './report.mjs';
import { readShapes, writeShapeCase } from './shapes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const work = path.join(root, 'build/benchmarks');
const peersFolder = path.join(root, 'build/peers');

const { values: options } = parseArgs({
    options: {
        models: { type: 'string', multiple: true },
        shapes: { type: 'string', multiple: true },
        filter: { type: 'string', default: '' },
        peers: { type: 'string', default: 'ort,tfjs,eigen' },
        builds: { type: 'string', default: Object.keys(builds).join() },
        rounds: { type: 'string', default: '30' },
        seconds: { type: 'string', default: '15' },
        json: { type: 'string', default: path.join(work, 'results.json') },
    },
});
const peers = options.peers.split(',').filter((peer) => peer && peer !== 'none');
const wantedBuilds = options.builds.split(',');
for (const [list, known] of [[peers, ['ort', 'tfjs', 'eigen']], [wantedBuilds, Object.keys(builds)]]) {
    const unknown = list.find((name) => !known.includes(name));
    if (unknown !== undefined) fail(`'${unknown}' is none of ${known.join(', ')}`);
}

function fail(message) {
    console.error(`benchmarks/run: ${message}`);
    process.exit(1);
}

/** Models by folder (those beside this tree where none is named), kernels by list. */
function selectCases() {
    const beside = ['models', 'pytorch', 'peers/mlperf-tiny'].map((name) => path.join(root, '../shared', name)).filter((folder) => fs.existsSync(folder));
    const onlyShapes = options.shapes && !options.models;
    const models = findCases(options.models ?? (onlyShapes ? [] : beside));
    const lists = fs.readdirSync(path.join(root, 'benchmarks/shapes')).sort().map((name) => path.join(root, 'benchmarks/shapes', name));
    const shapes = readShapes(options.shapes ?? (options.models ? [] : lists))
        .map((shape) => ({ name: shape.name, group: `kernels: ${shape.op}`, shape }));
    const wanted = new RegExp(options.filter);
    return [...models, ...shapes].filter(({ name, group }) => wanted.test(name) || wanted.test(group));
}

/** The peers that can run a case under Node. */
function peersOf({ shape }) {
    const can = {
        ort: true,
        tfjs: shape && (shape.op !== 'conv' || shape.groups === 1),
        eigen: shape?.op === 'gemm',
    };
    return peers.filter((peer) => can[peer]);
}

/** Builds a case and measures it: its result. */
async function runCase(toolchain, tools, one) {
    const folder = one.shape ? writeShapeCase(path.join(work, 'kernels'), one.shape) : one.folder;
    const place = path.join(work, one.shape ? 'kernels' : one.group, path.basename(folder));
    const job = {
        ...tools, folder, peersFolder, shape: one.shape, peers: peersOf(one), modules: {},
        rounds: Number(options.rounds), mostSeconds: Number(options.seconds),
    };
    const result = { name: one.name, group: one.group, family: readMeta(folder).family, engines: {} };
    try {
        const layout = one.shape?.window ? ['--input-layout', 'x=nhwc', '--output-layout', 'y=nhwc'] : [];
        const built = await buildModel(toolchain, path.join(folder, 'model.onnx'), place, [...generatorOptions(folder, readCase(folder)), ...layout], wantedBuilds);
        Object.assign(job, built);
        result.macs = built.macs;
    } catch (error) {
        for (const build of wantedBuilds) result.engines[build] = { failure: error.message.replace(/\s+/g, ' ').slice(0, 400) };
    }
    const jobFile = path.join(place, 'job.json');
    const resultFile = path.join(place, 'result.json');
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(jobFile, JSON.stringify(job));
    fs.rmSync(resultFile, { force: true });
    try {
        await runProgram([toolchain.WASMINFER_NODE, path.join(here, 'worker.mjs'), jobFile, resultFile]);
        const { engines, ...measured } = JSON.parse(fs.readFileSync(resultFile, 'utf8'));
        Object.assign(result, measured);
        Object.assign(result.engines, engines);
    } catch (error) {
        const failure = error.message.replace(/\s+/g, ' ').slice(0, 400);
        for (const engine of [...Object.keys(job.modules), ...job.peers]) result.engines[engine] = { failure };
    }
    return result;
}

function progressLine({ name, engines }) {
    const parts = Object.entries(engines).map(([engine, { min, failure }]) => `${engine} ${failure ? 'FAILED' : timeText(min)}`);
    return `${name.padEnd(40)} ${parts.join('  ')}`;
}

/** Integer arithmetic is not what the float models' means speak of. */
const isFloat = ({ family }) => !/int8/.test(family ?? '');

function report(results, about) {
    const groups = [...new Set(results.map(({ group }) => group))];
    const text = groups.map((group) => {
        const of = results.filter((result) => result.group === group);
        return `### ${group}\n\n${table(of)}\n`;
    });
    const models = results.filter(({ group, family }) => !group.startsWith('kernels') && isFloat({ family }));
    for (const build of wantedBuilds) {
        const { count, ratio, least } = meanRatio(models, build, 'ort');
        if (count > 1) text.push(`All float models, ${build}, against onnxruntime-web: geometric mean ${ratio.toFixed(2)}×, least ${least.toFixed(2)}×, of ${count}\n`);
    }
    const failed = failures(results);
    if (failed.length) text.push(`Failed, and not timed:\n\n${failed.join('\n')}\n`);
    text.push(about);
    return text.join('\n');
}

const toolchain = readToolchain(root);
const cases = selectCases();
if (!cases.length) fail(`nothing matches '${options.filter}'`);
fs.mkdirSync(work, { recursive: true });
const tools = { peak: path.join(work, 'peak.wasm'), eigen: path.join(work, 'eigen.wasm') };
await compileModule(toolchain, path.join(here, 'peak.cpp'), tools.peak, builds.simd);
if (peers.includes('eigen')) await compileModule(toolchain, path.join(here, 'engines/eigen.cpp'), tools.eigen, eigen.flags);

const results = [];
for (const [i, one] of cases.entries()) {
    process.stdout.write(`[${i + 1}/${cases.length}] `);
    const result = await runCase(toolchain, tools, one);
    results.push(result);
    console.log(progressLine(result));
    const json = { date: new Date().toISOString(), processor: os.cpus()[0]?.model, node: process.version, options, results };
    fs.writeFileSync(options.json, JSON.stringify(json, null, 1));
}
const groups = [...new Set(results.map(({ group }) => group))];
const peerOfChart = (group) => (group.startsWith('kernels') && peers.includes('tfjs') ? 'tfjs' : 'ort');
fs.writeFileSync(options.json.replace(/(\.json)?$/, '.svg'), chart(groups.map((group) => ({
    title: group, peer: peerOfChart(group), results: results.filter((result) => result.group === group),
}))));
const load = os.loadavg()[0].toFixed(1);
console.log(`\n${report(results, `Least (median) of ${options.rounds} interleaved rounds, processor time of one thread, Node ${process.version}, ${os.cpus()[0]?.model}, load ${load}.`)}`);
