// The bits of models everywhere: bits.mjs [--results FILE] CASE_DIR…, cases in the layout of ONNX's backend tests, with the
// environment of support.mjs. Data sets of the same sizes are run by one SIMD module and one header, as `wasminfer verify` does;
// outputs without a reference (they are random) are left out. Prints a line for each, and ends with 1 where any two of
// bits_engines.mjs differ. Lines go to FILE as well; those that it has already, of the same sources, are not run again.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFace, readTensor } from '../../benchmarks/harness/onnx.mjs';
import { engines } from './bits_engines.mjs';
import { generator, runOk, source } from './support.mjs';

/** A case's data sets by their sizes: [{first: its folder, outputs: names, names of the sets, sets}]. */
function groupsOf(caseFolder) {
    const face = modelFace(fs.readFileSync(path.join(caseFolder, 'model.onnx')));
    const groups = new Map();
    const number = (name) => Number(name.replace(/\D/g, ''));
    const folders = fs.readdirSync(caseFolder).filter((name) => name.startsWith('test_data_set_')).sort((a, b) => number(a) - number(b));
    for (const name of folders) {
        const folder = path.join(caseFolder, name);
        const tensors = face.inputs.map((_, i) => readTensor(fs.readFileSync(path.join(folder, `input_${i}.pb`))));
        const outputs = face.outputs.filter((_, i) => fs.existsSync(path.join(folder, `output_${i}.pb`)));
        const key = JSON.stringify([tensors.map(({ dims }) => dims), outputs]);
        if (!groups.has(key)) groups.set(key, { first: folder, outputs, names: [], sets: [] });
        groups.get(key).names.push(name);
        groups.get(key).sets.push(tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')));
    }
    return [...groups.values()];
}

// The words of an element that say whether it is a NaN, and the one that stands for all NaNs.
const floats = {
    f16: [Uint16Array, 0x7fff, 0x7c00, 0x7e00],
    f32: [Uint32Array, 0x7fffffff, 0x7f800000, 0x7fc00000],
    f64: [BigUint64Array, 0x7fffffffffffffffn, 0x7ff0000000000000n, 0x7ff8000000000000n],
};
/** Whichever NaN it is. */
export function canonical(bytes, type) {
    if (!floats[type]) return bytes;
    const [array, magnitude, infinity, nan] = floats[type];
    const words = new array(Uint8Array.from(bytes).buffer);
    words.forEach((word, i) => { if ((word & magnitude) > infinity) words[i] = nan; });
    return Buffer.from(words.buffer);
}

/** {engine: hash, or why there is none} of one group of a case. */
export async function bitsOf(caseFolder, { first, outputs, sets }, all) {
    const model = path.join(caseFolder, 'model.onnx');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wasminfer-bits-'));
    try {
        const options = ['--dims-from', first, ...outputs.flatMap((name) => ['--output', name])];
        runOk([generator, 'module', model, '-o', folder, '--name', 'bits', '--simd', 'simd', ...options], { timeout: 1200000 });
        fs.writeFileSync(path.join(folder, 'sets.json'), JSON.stringify(sets));
        const types = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8')).outputs.map(({ type }) => type);
        const bits = {};
        for (const [name, outputsOf] of Object.entries(all)) {
            try {
                const results = await outputsOf({ folder, name: 'bits', model, options, sets });
                const hash = createHash('sha256');
                results.forEach((bytes, i) => hash.update(`${bytes.length} `).update(canonical(bytes, types[i % types.length])));
                bits[name] = results.length === types.length * sets.length ? hash.digest('hex').slice(0, 16) : `${results.length} outputs`;
            } catch (error) {
                bits[name] = `FAILED: ${error.message}`;
            }
        }
        return bits;
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

/** Whether all engines agree, for each group of a case: [{names, bits, equal}]. */
export async function caseBits(caseFolder, all, known = () => null) {
    const found = [];
    for (const group of groupsOf(caseFolder)) {
        const begin = Date.now();
        const bits = known(group) ?? await bitsOf(caseFolder, group, all);
        const hashes = new Set(Object.values(bits));
        found.push({ names: group.names, bits, equal: hashes.size === 1 && /^[0-9a-f]{16}$/.test([...hashes][0]), seconds: Math.round((Date.now() - begin) / 1000) });
    }
    return found;
}

/** What the results depend on beside the models: the generator and the runtime's headers. */
function sourcesHash() {
    const hash = createHash('sha256').update(fs.readFileSync(generator));
    const include = path.join(source, 'include');
    for (const name of fs.readdirSync(include, { recursive: true }).sort()) {
        if (name.endsWith('.hpp')) hash.update(name).update(fs.readFileSync(path.join(include, name)));
    }
    return hash.digest('hex').slice(0, 16);
}

async function main(words) {
    const results = words[0] === '--results' ? words.splice(0, 2)[1] : null;
    const sources = results && sourcesHash();
    const before = new Map();
    if (results && fs.existsSync(results)) {
        for (const line of fs.readFileSync(results, 'utf8').split('\n').filter(Boolean)) {
            const kept = JSON.parse(line);
            if (kept.sources === sources) before.set(`${kept.folder} ${kept.names}`, kept.bits);
        }
    }
    const cleanups = [];
    const all = await engines({ after: (f) => cleanups.push(f) });
    const counts = { models: 0, sets: 0, failed: 0 };
    console.log(`${words.length} models, by ${Object.keys(all).join(', ')}`);
    for (const [i, folder] of words.entries()) {
        const name = `[${i + 1}/${words.length}] ${path.basename(folder)}`;
        try {
            const found = await caseBits(folder, all, ({ names }) => before.get(`${folder} ${names}`));
            for (const { names, bits, equal, seconds } of found) {
                if (results && equal && !before.has(`${folder} ${names}`)) fs.appendFileSync(results, `${JSON.stringify({ sources, folder, names, bits })}\n`);
                console.log(`${equal ? 'equal  ' : 'DIFFER '} ${name}: ${names.map((set) => set.replace('test_data_', ''))}  ${equal ? bits.node : JSON.stringify(bits)}  ${seconds} s`);
                counts.sets += equal ? names.length : 0;
            }
            const equal = found.every((one) => one.equal);
            ++counts[equal ? 'models' : 'failed'];
        } catch (error) {
            ++counts.failed;
            console.log(`FAILED  ${name}: ${error.message}`);
        }
    }
    for (const cleanup of cleanups.reverse()) await cleanup();
    console.log(`equal: ${counts.models} models with ${counts.sets} data sets, in ${Object.keys(all).length} engines; not equal: ${counts.failed} models`);
    return counts.failed ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
