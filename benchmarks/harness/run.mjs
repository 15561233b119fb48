// What benchmarks/run runs, and whose --help tells the options: builds, measures, reports.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch, runInPage, serve } from './browser.mjs';
import { buildModel, builds, compileModule, readToolchain, runProgram } from './build.mjs';
import { caseFiles, findCases, generatorOptions, readCase, tfliteBeside } from './cases.mjs';
import { chart } from './chart.mjs';
import * as eigen from './engines/eigen.mjs';
import { goalTable } from './goals.mjs';
import { buildKernels, inParallel } from './kernels.mjs';
import { failures, table, timeText } from './report.mjs';
import { readShapes } from './shapes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const work = path.join(root, 'build/benchmarks');
const platformsFolder = path.join(root, 'build/platforms');
const peersFolder = path.join(root, 'build/peers');
const knownPeers = ['ort', 'tfjs', 'litert', 'eigen'];

const { values: options } = parseArgs({
    options: {
        models: { type: 'string', multiple: true },
        shapes: { type: 'string', multiple: true },
        filter: { type: 'string', default: '' },
        peers: { type: 'string', default: knownPeers.join() },
        builds: { type: 'string', default: Object.keys(builds).join() },
        rounds: { type: 'string', default: '30' },
        seconds: { type: 'string', default: '15' },
        json: { type: 'string', default: path.join(work, 'results.json') },
    },
});
const peers = options.peers.split(',').filter((peer) => peer && peer !== 'none');
const wantedBuilds = options.builds.split(',');
for (const [list, known] of [[peers, knownPeers], [wantedBuilds, Object.keys(builds)]]) {
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
    return [...models, ...shapes].filter(({ name, group }) => wanted.test(name) || wanted.test(group))
        .filter((one) => !peers.length || peersOf(one).length);
}

/** The peers that can run a case. */
function peersOf({ shape, folder }) {
    const kernel = shape && (shape.op !== 'conv' || shape.groups === 1);
    const can = { ort: true, tfjs: kernel, litert: !shape && tfliteBeside(folder), eigen: kernel };
    return peers.filter((peer) => can[peer]);
}

/** A process of Node of its own, for one case. */
async function measureInNode(toolchain, job, place) {
    const [jobFile, resultFile] = ['job.json', 'result.json'].map((name) => path.join(place, name));
    fs.writeFileSync(jobFile, JSON.stringify(job));
    fs.rmSync(resultFile, { force: true });
    await runProgram([toolchain.WASMINFER_NODE, path.join(here, 'worker.mjs'), jobFile, resultFile]);
    return JSON.parse(fs.readFileSync(resultFile, 'utf8'));
}

let chromium;

/** A page of its own in Chromium, which is started for the first. */
async function measureInPage(job, place) {
    chromium ??= await launch(platformsFolder);
    const folders = { harness: here, peers: path.join(peersFolder, 'node_modules'), tools: work, case: job.folder, made: place };
    const imports = Object.fromEntries(['core', 'wasm-utils'].map((name) => [`@litertjs/${name}`, `/peers/@litertjs/${name}/dist/index.js`]));
    const server = await serve(folders, `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><body>`);
    const { names, inputs, expected } = caseFiles(job.folder);
    const of = (folder, file) => (file ? `/${folder}/${path.relative(folders[folder], path.resolve(folders[folder], file))}` : null);
    const tflite = tfliteBeside(job.folder);
    try {
        return await runInPage(chromium, server.url, '/harness/page.mjs', 'runJob', {
            ...job, names, peersUrl: '/peers/', peak: of('tools', job.peak), model: '/case/model.onnx',
            inputs: Object.fromEntries(Object.entries(inputs).map(([name, file]) => [name, of('case', file)])),
            expected: expected.map((one) => ({ ...one, file: of('case', one.file) })),
            modules: Object.fromEntries(Object.entries(job.modules).map(([build, file]) => [build, of('made', file)])),
            weights: of('made', job.weights), tflite: { ...tflite, file: of('case', tflite.file) },
        });
    } finally {
        server.close();
    }
}

/** A model's modules, in a folder of its own: what buildKernels() gives. */
async function build(toolchain, { name, group, folder }) {
    const place = path.join(work, group, name);
    try {
        return { folder, built: await buildModel(toolchain, path.join(folder, 'model.onnx'), place, generatorOptions(folder, readCase(folder)), wantedBuilds) };
    } catch (failure) {
        return { folder, failure };
    }
}

const shortened = ({ message }) => message.replace(/\s+/g, ' ').slice(0, 400);

/** Measures a case that was built: its result. */
async function runCase(toolchain, tools, one, { folder, built, failure }) {
    const place = one.shape ? folder : path.join(work, one.group, one.name);
    const job = {
        ...tools, folder, peersFolder, shape: one.shape, peers: peersOf(one), modules: {}, ...built,
        rounds: Number(options.rounds), mostSeconds: Number(options.seconds),
    };
    const result = {
        name: one.name, group: one.group, kernel: one.shape, inPage: job.peers.includes('litert'), macs: built?.macs, integers: built?.integers, engines: {},
    };
    if (failure) wantedBuilds.forEach((engine) => { result.engines[engine] = { failure: shortened(failure) }; });
    fs.mkdirSync(place, { recursive: true });
    try {
        const { engines, ...measured } = await (result.inPage ? measureInPage(job, place) : measureInNode(toolchain, job, place));
        Object.assign(result, measured);
        Object.assign(result.engines, engines);
    } catch (error) {
        for (const engine of [...Object.keys(job.modules), ...job.peers]) result.engines[engine] = { failure: shortened(error) };
    }
    return result;
}

/** Where somebody looks on, in a line that the next one overwrites. */
function showProgress(text) {
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text && `building: ${text}`}`);
}

function progressLine({ name, engines }) {
    const parts = Object.entries(engines).map(([engine, { min, failure }]) => `${engine} ${failure ? 'FAILED' : timeText(min)}`);
    return `${name.padEnd(40)} ${parts.join('  ')}`;
}

function report(results, about) {
    const groups = [...new Set(results.map(({ group }) => group))];
    const text = groups.map((group) => {
        const of = results.filter((result) => result.group === group);
        return `### ${group}\n\n${table(of)}\n`;
    });
    const goals = goalTable(results, wantedBuilds);
    if (goals) text.push(`### Classes\n\n${goals}\n`);
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

// All that is built is built before anything is measured, on all processors.
const ofShape = cases.filter(({ shape }) => shape);
const ofModel = cases.filter(({ shape }) => !shape);
const kernels = ofShape.length ? await buildKernels(toolchain, ofShape.map(({ shape }) => shape), path.join(work, 'kernels'), wantedBuilds, showProgress) : [];
const models = await inParallel(ofModel, (one, i) => {
    showProgress(`model ${i + 1} of ${ofModel.length}`);
    return build(toolchain, one);
});
showProgress('');
const builtOf = new Map([...ofShape.map((one, i) => [one, kernels[i]]), ...ofModel.map((one, i) => [one, models[i]])]);

const results = [];
for (const [i, one] of cases.entries()) {
    process.stdout.write(`[${i + 1}/${cases.length}] `);
    const result = await runCase(toolchain, tools, one, builtOf.get(one));
    results.push(result);
    console.log(progressLine(result));
    const json = { date: new Date().toISOString(), processor: os.cpus()[0]?.model, node: process.version, options, results };
    fs.writeFileSync(options.json, JSON.stringify(json, null, 1));
}
const browserVersion = await chromium?.version();
await chromium?.close();
const groups = [...new Set(results.map(({ group }) => group))];
const sections = groups.map((group) => {
    const of = results.filter((result) => result.group === group);
    return { title: group, peer: ['litert', 'tfjs', 'ort', 'eigen'].find((peer) => of.some(({ engines }) => engines[peer])), results: of };
});
fs.writeFileSync(options.json.replace(/(\.json)?$/, '.svg'), chart(sections));
const machine = `${os.cpus()[0]?.model}, load ${os.loadavg()[0].toFixed(1)}`;
const inPages = browserVersion ? `; beside LiteRT.js, wall clock in ${browserVersion}` : '';
console.log(`\n${report(results, `Least (median) of ${options.rounds} interleaved rounds, processor time of one thread, Node ${process.version}${inPages}, ${machine}.`)}`);
