// The bits of models everywhere: bits.mjs CASE_DIR…, cases in the layout of ONNX's backend tests, run on every data set of
// one size, with the environment of support.mjs. Each SIMD module runs in Node, Node 20, Chromium, Firefox and workerd, and its
// header natively by clang++ and g++; prints a line a model, and ends with 1 where any two differ. Sizes are the first set's.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { modelFace, readTensor } from '../../benchmarks/harness/onnx.mjs';
import { hasBrowser, launch, serve } from './browser.mjs';
import { freePort, generator, modules, platform, run, runOk, source } from './support.mjs';

/** Bytes of a data set's inputs by name, or null where they have other shapes than `like`. */
function readSet(folder, names, like) {
    const tensors = names.map((_, i) => readTensor(fs.readFileSync(path.join(folder, `input_${i}.pb`))));
    const shapes = JSON.stringify(tensors.map(({ dims }) => dims));
    if (like && shapes !== like) return null;
    return { shapes, inputs: tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)) };
}

// What every platform does: a hash is left to Node, so that the platforms need nothing but the module.
const outputsText = `async (load, sets) => {
    const results = [];
    for (const set of sets) {
        const m = await load();
        Object.keys(m.inputs).forEach((name, i) => {
            const { buffer, byteOffset, byteLength } = m.inputs[name];
            new Uint8Array(buffer, byteOffset, byteLength).set(Uint8Array.from(atob(set[i]), (c) => c.charCodeAt()));
        });
        m.run();
        for (const { buffer, byteOffset, byteLength } of Object.values(m.outputs)) {
            let text = '';
            for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) text += String.fromCharCode(byte);
            results.push(btoa(text));
        }
    }
    return results;
}`;

/** Whichever NaN it is. */
const canonical = (bytes, type) => {
    if (type === 'f32') {
        const words = new Uint32Array(Uint8Array.from(bytes).buffer);
        words.forEach((word, i) => { if ((word & 0x7fffffff) > 0x7f800000) words[i] = 0x7fc00000; });
        return Buffer.from(words.buffer);
    }
    return bytes;
};
const digest = (results, types) => {
    const hash = createHash('sha256');
    results.forEach((bytes, i) => hash.update(canonical(bytes, types[i % types.length])));
    return hash.digest('hex').slice(0, 16);
};

function inNode(node, script, file) {
    const program = `import { load } from ${JSON.stringify(pathToFileURL(script).href)};
        import fs from 'node:fs';
        const results = await (${outputsText})(load, JSON.parse(fs.readFileSync(${JSON.stringify(file)}, 'utf8')));
        process.stdout.write(JSON.stringify(results));`;
    return JSON.parse(runOk([node, '--input-type=module', '-e', program]));
}

async function inBrowser(name, folder, script, sets) {
    const cleanups = [];
    const test = { after: (f) => cleanups.push(f) };
    try {
        const { url } = await serve(test, folder);
        const page = await (await launch(test, name)).newPage();
        await page.goto(url);
        return await page.evaluate(`(async () => (${outputsText})((await import('/${script}')).load, await (await fetch('/sets.json')).json()))()`);
    } finally {
        for (const cleanup of cleanups.reverse()) await cleanup();
    }
}

async function inWorkerd(folder, name) {
    const weights = fs.readdirSync(folder).find((file) => file.endsWith('.bin'));
    fs.writeFileSync(path.join(folder, 'worker.js'), `import { load } from './${name}.mjs';
        import module from './${name}.wasm';
        import sets from './sets.json';
        export default { async fetch(request, env) {
            const start = () => load(module, ${weights ? `{ weights: env.ASSETS.fetch('http://assets/${weights}') }` : '{}'});
            return Response.json(await (${outputsText})(start, JSON.parse(sets)));
        } };`);
    const port = await freePort();
    const list = [['worker.js', 'esModule'], [`${name}.mjs`, 'esModule'], [`${name}.wasm`, 'wasm'], ['sets.json', 'text']];
    fs.writeFileSync(path.join(folder, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = [
        (name = "main", worker = (modules = [${list.map(([file, kind]) => `(name = "${file}", ${kind} = embed "${file}")`).join(', ')}],
            compatibilityDate = "2026-04-01", bindings = [(name = "ASSETS", service = "assets")])),
        (name = "assets", disk = (path = "${folder}")),
    ],
    sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);\n`);
    const server = spawn(platform('@cloudflare', 'workerd-linux-64', 'bin', 'workerd'), ['serve', path.join(folder, 'config.capnp')], { stdio: ['ignore', 'ignore', 'inherit'] });
    try {
        for (let tries = 0; ; ++tries) {
            try {
                return await (await fetch(`http://127.0.0.1:${port}/`)).json();
            } catch (error) {
                if (tries === 100) throw error;
                await new Promise((later) => setTimeout(later, 100));
            }
        }
    } finally {
        server.kill();
    }
}

/** The header, compiled natively: inputs on standard input, outputs on standard output. */
function natively(compiler, folder, model, options, manifest, sets) {
    runOk([generator, 'header', model, '-o', path.join(folder, 'native.hpp'), '--name', 'native', ...options]);
    const header = fs.readFileSync(path.join(folder, 'native.hpp'), 'utf8');
    const accessors = (kind) => [...header.matchAll(/^ {4}wasminfer::(?:free_)?tensor_view<(const )?.*> (\w+)\(\) (?:const )?noexcept$/gm)]
        .filter(([, constant]) => Boolean(constant) === (kind === 'outputs')).map(([, , name]) => name);
    fs.writeFileSync(path.join(folder, 'native.cpp'), `#include "native.hpp"
#include <cstdio>
int main()
{
    for (int set = 0; set < ${sets.length}; ++set) {
        native::Model model;
${accessors('inputs').map((name) => `        if (std::fread(model.${name}().data(), 1, model.${name}().size_bytes(), stdin) != model.${name}().size_bytes()) return 1;\n`).join('')}        model.run();
${accessors('outputs').map((name) => `        std::fwrite(model.${name}().data(), 1, model.${name}().size_bytes(), stdout);\n`).join('')}    }
}\n`);
    const program = path.join(folder, 'native');
    runOk([compiler, '-std=c++20', '-O3', '-ffp-contract=off', '-I', path.join(source, 'include'), '-isystem', path.join(source, 'build/include'), path.join(folder, 'native.cpp'), '-o', program]);
    const result = spawnSync(program, { input: Buffer.concat(sets.flat().map((text) => Buffer.from(text, 'base64'))), maxBuffer: 1 << 28 });
    if (result.status !== 0) throw new Error(`${compiler}: the program ended with ${result.status}`);
    return result.stdout;
}

/** {platform: hash} of one case. */
export async function bitsOf(caseFolder) {
    const model = path.join(caseFolder, 'model.onnx');
    const names = modelFace(fs.readFileSync(model)).inputs;
    const first = readSet(path.join(caseFolder, 'test_data_set_0'), names);
    const sets = fs.readdirSync(caseFolder).filter((name) => name.startsWith('test_data_set_')).sort()
        .map((name) => readSet(path.join(caseFolder, name), names, first.shapes)).filter(Boolean)
        .map(({ inputs }) => inputs.map((bytes) => bytes.toString('base64')));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wasminfer-bits-'));
    try {
        const options = ['--dims-from', path.join(caseFolder, 'test_data_set_0')];
        runOk([generator, 'module', model, '-o', folder, '--name', 'bits', '--simd', 'simd', ...options]);
        fs.writeFileSync(path.join(folder, 'sets.json'), JSON.stringify(sets));
        const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
        const types = manifest.outputs.map(({ type }) => type);
        const hash = (results) => digest(results.map((text) => Buffer.from(text, 'base64')), types);
        const script = path.join(folder, 'bits.mjs');
        const node = inNode(process.execPath, script, path.join(folder, 'sets.json'));
        const bits = { node: hash(node) };
        const node20 = platform('node20', 'bin', 'node');
        if (node20) bits.node20 = hash(inNode(node20, script, path.join(folder, 'sets.json')));
        for (const name of ['chromium', 'firefox']) if (hasBrowser(name)) bits[name] = hash(await inBrowser(name, folder, 'bits.mjs'));
        if (platform('@cloudflare', 'workerd-linux-64')) bits.workerd = hash(await inWorkerd(folder, 'bits'));
        const sizes = node.map((text) => Buffer.from(text, 'base64').length);
        for (const compiler of [process.env.WASMINFER_CXX ?? 'clang++-19', 'g++']) {
            if (run([compiler, '--version']).status !== 0) continue;
            let at = 0;
            const output = natively(compiler, folder, model, options, manifest, sets);
            bits[path.basename(compiler)] = digest(sizes.map((size) => output.subarray(at, at += size)), types);
        }
        return bits;
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    let failed = 0;
    for (const folder of process.argv.slice(2)) {
        try {
            const bits = await bitsOf(folder);
            const equal = new Set(Object.values(bits)).size === 1;
            failed += equal ? 0 : 1;
            console.log(`${equal ? 'equal  ' : 'DIFFER '} ${path.basename(folder)}  ${equal ? `${bits.node}  ${Object.keys(bits)}` : JSON.stringify(bits)}`);
        } catch (error) {
            ++failed;
            console.log(`FAILED  ${path.basename(folder)}  ${error.message}`);
        }
    }
    process.exit(failed ? 1 : 0);
}
