// What benchmarks/worker runs, and whose --help tells the options: models in workerd, from a request to its answer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import zlib from 'node:zlib';
import { readToolchain, runProgram } from './build.mjs';
import { readCase } from './cases.mjs';
import { difference } from './compare.mjs';
import { timeText } from './report.mjs';
import { median } from './statistics.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const work = path.join(root, 'build/benchmarks/worker');
const workerd = path.join(root, 'build/platforms/node_modules/@cloudflare/workerd-linux-64/bin/workerd');
const { values: options } = parseArgs({
    options: {
        peers: { type: 'string', default: 'ort' }, starts: { type: 'string', default: '7' }, seconds: { type: 'string', default: '4' },
        filter: { type: 'string', default: '' },
    },
});

const shared = (name) => path.join(root, '../shared/models', name);
const cases = [
    { name: 'digits', folder: path.join(root, 'examples/worker/models/digits'), words: [] },
    { name: 'silero_vad_v5', folder: shared('silero_vad_v5'), words: ['--bind', 'sr=16000'] },
    { name: 'blazeface_front_128', folder: shared('blazeface_front_128'), words: [] },
    { name: 'ppocr_v2_cls', folder: shared('ppocr_v2_cls'), words: [] },
    { name: 'mobilenet_v2_10_224', folder: shared('mobilenet_v2_10_224'), words: ['--weights', 'bundled'] },
].filter(({ name, folder }) => fs.existsSync(path.join(folder, 'model.onnx')) && new RegExp(options.filter).test(name));

// ---- Workers -------------------------------------------------------------------------------------------------------

/** Tensors one behind the other, each at a multiple of 8 bytes: {list, bytes}. */
function layOut(tensors) {
    let bytes = 0;
    const list = tensors.map(([name, { data, dims }]) => {
        const at = bytes;
        bytes += Math.ceil(data.byteLength / 8) * 8;
        return { name, at, dims, length: data.length, type: data instanceof BigInt64Array ? 'int64' : 'float32' };
    });
    return { list, bytes };
}

function readJob({ folder }) {
    const { inputs, expected } = readCase(folder);
    const into = layOut(Object.entries(inputs));
    const out = layOut(expected.map(({ name, tensor }) => [name, tensor]));
    const body = Buffer.alloc(into.bytes);
    into.list.forEach(({ name, at }) => body.set(new Uint8Array(inputs[name].data.buffer), at));
    return { body, expected, out, face: { inputs: into.list, outputs: out.list, bytes: out.bytes } };
}

/** Why an answer is not what was expected; null where it is. */
function wrong({ out, expected }, answer) {
    const bytes = new Uint8Array(answer).buffer;
    const failures = expected.map(({ name, tensor, tolerance }, i) => {
        const data = new tensor.data.constructor(bytes, out.list[i].at, tensor.data.length);
        const text = difference({ ...tensor, data }, tensor, tolerance);
        return text && `${name} ${text}`;
    });
    return failures.find((text) => text) ?? null;
}

const kinds = { '.mjs': 'esModule', '.wasm': 'wasm', '.bin': 'data' };

/** A folder of a Worker's modules and workerd's configuration for it: {file, port, upload}, upload its bytes compressed. */
async function makeWorker(folder, engine, face) {
    fs.copyFileSync(path.join(here, 'edge', `${engine}.mjs`), path.join(folder, 'worker.mjs'));
    fs.writeFileSync(path.join(folder, 'face.mjs'), `export default ${JSON.stringify(face)};\n`);
    const names = fs.readdirSync(folder).filter((name) => kinds[path.extname(name)] && !name.endsWith('.d.mts'));
    names.sort((a, b) => (b === 'worker.mjs') - (a === 'worker.mjs'));
    const server = net.createServer();
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address();
    await new Promise((done) => server.close(done));
    const file = path.join(folder, 'workerd.capnp');
    const modules = names.map((name) => `(name = "${name}", ${kinds[path.extname(name)]} = embed "${name}")`);
    fs.writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = [(name = "main", worker = (compatibilityDate = "2026-04-01", modules = [${modules.join(', ')}]))],
    sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);\n`);
    const upload = zlib.gzipSync(Buffer.concat(names.map((name) => fs.readFileSync(path.join(folder, name))))).length;
    return { file, port, upload };
}

const emptied = (folder) => {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    return folder;
};

async function prepare(toolchain, engine, { name, folder, words }, face) {
    const to = emptied(path.join(work, `${name}-${engine}`));
    if (engine === 'ours') {
        const sizes = ['--dims-from', path.join(folder, 'test_data_set_0')];
        await runProgram([toolchain.generator, 'module', path.join(folder, 'model.onnx'), '-o', to, '--name', 'model', '--target', 'workers', ...sizes, ...words]);
    } else if (engine === 'ort') {
        const dist = path.join(root, 'build/peers/node_modules/onnxruntime-web/dist');
        fs.copyFileSync(path.join(dist, 'ort.wasm.bundle.min.mjs'), path.join(to, 'onnxruntime-web.mjs'));
        fs.copyFileSync(path.join(dist, 'ort-wasm-simd-threaded.wasm'), path.join(to, 'onnxruntime-web.wasm'));
        fs.copyFileSync(path.join(folder, 'model.onnx'), path.join(to, 'model.bin'));
    }
    return makeWorker(to, engine, face);
}

// ---- Measuring -----------------------------------------------------------------------------------------------------

const seconds = () => performance.now() / 1000;

/** Processor time of all threads of a process that live, in seconds. */
function processorTime(pid) {
    const tasks = fs.readdirSync(`/proc/${pid}/task`);
    return tasks.reduce((sum, task) => sum + Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) * 1e-9;
}

/** Until somebody listens: a connection that asks for nothing. */
async function listening(port, server) {
    while (server.exitCode === null) {
        const there = await new Promise((tell) => {
            const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); tell(true); });
            socket.on('error', () => tell(false));
        });
        if (there) return;
        await new Promise((later) => setTimeout(later, 5));
    }
    throw new Error('workerd ended');
}

/** A fresh workerd: its first request, and for so many seconds those that follow a time to warm up. */
async function measure({ file, port }, body, check, duration) {
    const began = seconds();
    const server = spawn(workerd, ['serve', file], { stdio: ['ignore', 'inherit', 'inherit'] });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () => new Promise((done, failed) => {
        const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent, headers: { 'content-length': body.length } }, (response) => {
            const pieces = [];
            response.on('data', (piece) => pieces.push(piece)).on('end', () => done({ status: response.statusCode, bytes: Buffer.concat(pieces) }));
        });
        request.on('error', failed);
        request.end(body);
    });
    try {
        await listening(port, server);
        const processor = processorTime(server.pid);
        const start = seconds();
        const { status, bytes } = await ask();
        const result = { first: seconds() - start, firstProcessor: processorTime(server.pid) - processor, start: seconds() - began };
        result.failure = status === 200 ? check(bytes) : `${status} ${bytes}`;
        if (result.failure || !duration) return result;
        for (const end = seconds() + duration / 2; seconds() < end;) await ask();
        const times = [];
        const before = processorTime(server.pid);
        for (const end = seconds() + duration; seconds() < end || times.length < 50;) {
            const from = seconds();
            await ask();
            times.push(seconds() - from);
        }
        result.processor = (processorTime(server.pid) - before) / times.length;
        times.sort((a, b) => a - b);
        result.p50 = times[Math.floor(times.length * 0.5)];
        result.p99 = times[Math.floor(times.length * 0.99)];
        return result;
    } finally {
        agent.destroy();
        // The next one listens where this one does.
        if (server.exitCode === null && server.signalCode === null) {
            server.kill();
            await once(server, 'exit');
        }
    }
}

const row = (cells) => console.log(`| ${cells.join(' | ')} |`);
const toolchain = readToolchain(root);
const names = { ours: 'ours', ort: 'onnxruntime-web', nothing: '(an empty Worker)' };
row(['model', 'engine', 'first request', 'its CPU', 'from nothing', 'p50', 'p99', 'CPU a request', 'upload, gzip']);
row(['---', '---', ...Array(7).fill('---:')]);
for (const [i, one] of cases.entries()) {
    const job = readJob(one);
    for (const engine of [...(i ? [] : ['nothing']), 'ours', ...(options.peers === 'none' ? [] : ['ort'])]) {
        const worker = await prepare(toolchain, engine, one, job.face);
        const check = (answer) => (engine === 'nothing' ? null : wrong(job, answer));
        const runs = [];
        for (let k = Number(options.starts); k > 0; --k) {
            runs.push(await measure(worker, job.body, check, k === 1 ? Number(options.seconds) : 0));
            if (runs.at(-1).failure) break;
        }
        const last = runs.at(-1);
        if (last.failure) {
            row([one.name, names[engine], `failed: ${last.failure}`, ...Array(6).fill('')]);
            continue;
        }
        const middle = (key) => timeText(median(runs.map((run) => run[key])));
        row([engine === 'nothing' ? '' : one.name, names[engine], middle('first'), middle('firstProcessor'), middle('start'), timeText(last.p50), timeText(last.p99),
            timeText(last.processor), `${(worker.upload / 1e6).toFixed(2)} MB`]);
    }
}
