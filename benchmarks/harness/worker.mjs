// One case in a Node process of its own, so that one engine's end is not everybody's: worker.mjs JOB.json RESULT.json
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { readCase } from './cases.mjs';
import * as eigen from './engines/eigen.mjs';
import * as ort from './engines/ort.mjs';
import * as tfjs from './engines/tfjs.mjs';
import * as ours from './engines/wasminfer.mjs';
import { measure, peakEngines } from './measure.mjs';
import { channelsFirst, channelsLast, tfjsOperands } from './shapes.mjs';

const [jobFile, resultFile] = process.argv.slice(2);
const job = JSON.parse(fs.readFileSync(jobFile, 'utf8'));
const { names, inputs, expected } = readCase(job.folder);
const require = createRequire(path.join(job.peersFolder, 'package.json'));

/** An engine of kernels that holds images channels-last: what it gives is turned before it is compared. */
function turned(engine) {
    return { ...engine, outputs: () => Object.fromEntries(Object.entries(engine.outputs()).map(([name, y]) => [name, channelsFirst(y)])) };
}

const engines = {};
for (const [build, module] of Object.entries(job.modules)) {
    engines[build] = {
        async open() {
            const source = {
                module: fs.readFileSync(module), weights: job.weights && fs.readFileSync(job.weights), face: job.face, names,
            };
            const window = job.shape?.window;
            // As with the other engines of kernels, operands are in place before the clock starts.
            const engine = await ours.open(source, window ? { x: channelsLast(inputs.x) } : inputs, { resident: Boolean(job.shape) });
            return window ? turned(engine) : engine;
        },
    };
}
const peers = {
    ort: () => ort.open(require('onnxruntime-web'), fs.readFileSync(path.join(job.folder, 'model.onnx')), names.outputs, inputs),
    async tfjs() {
        const engine = tfjs.open(await tfjs.load(require, job.peersFolder), job.shape, tfjsOperands(job.shape));
        return job.shape.window ? turned(engine) : engine;
    },
    async eigen() {
        const engine = await eigen.open(fs.readFileSync(job.eigen), job.shape, tfjsOperands(job.shape));
        return job.shape.window ? turned(engine) : engine;
    },
};
for (const peer of job.peers) engines[peer] = { open: peers[peer] };

const { instance } = await WebAssembly.instantiate(fs.readFileSync(job.peak), {});
// A kernel is a loop or two, which are hot at once.
const warmUpSeconds = job.shape ? 0.2 : 0.4;
const result = await measure({ engines, expected, peaks: peakEngines(instance.exports), rounds: job.rounds, mostSeconds: job.mostSeconds, warmUpSeconds });
fs.writeFileSync(resultFile, JSON.stringify(result));
process.exit(0);
