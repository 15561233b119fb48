// What computes the bits that bits.mjs compares: engines of JavaScript, which run a module, and compilers, which build its
// header natively. A build is {folder, name, model, options, sets}: name.mjs and what it loads lie in the folder; a set is the
// bytes of each input, as base64, in the model's order. Each gives the bytes of each output of each set, one after another.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasBrowser, launch, serve } from './browser.mjs';
import { freePort, generator, platform, run, runOk, source } from './support.mjs';

// What every engine does: it needs nothing but the module.
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
const decode = (results) => results.map((text) => Buffer.from(text, 'base64'));

function inNode(node, { folder, name }) {
    const program = `import { load } from ${JSON.stringify(pathToFileURL(path.join(folder, `${name}.mjs`)).href)};
        import fs from 'node:fs';
        const results = await (${outputsText})(load, JSON.parse(fs.readFileSync(${JSON.stringify(path.join(folder, 'sets.json'))}, 'utf8')));
        process.stdout.write(JSON.stringify(results));`;
    return decode(JSON.parse(runOk([node, '--input-type=module', '-e', program], { maxBuffer: 1 << 30 })));
}

async function inBrowser(browser, { folder, name }) {
    const cleanups = [];
    try {
        const { url } = await serve({ after: (f) => cleanups.push(f) }, folder);
        const page = await browser.newPage();
        cleanups.push(() => page.close());
        await page.goto(url);
        return decode(await page.evaluate(`(async () => (${outputsText})((await import('/${name}.mjs')).load, await (await fetch('/sets.json')).json()))()`));
    } finally {
        for (const cleanup of cleanups.reverse()) await cleanup();
    }
}

async function inWorkerd({ folder, name }) {
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
            let response;
            try {
                response = await fetch(`http://127.0.0.1:${port}/`);
            } catch (error) {
                if (tries === 300 || server.exitCode !== null) throw error;
                await new Promise((later) => setTimeout(later, 100));
                continue;
            }
            const text = await response.text();
            if (!response.ok) throw new Error(`workerd answers ${response.status} ${text.slice(0, 300)}`);
            return decode(JSON.parse(text));
        }
    } finally {
        server.kill();
    }
}

/** The header, by a compiler of this machine: inputs on standard input, outputs on standard output, each behind its size. */
function natively(compiler, { folder, model, options, sets }) {
    runOk([generator, 'header', model, '-o', path.join(folder, 'native.hpp'), '--name', 'native', '--weights', 'incbin', ...options]);
    const header = fs.readFileSync(path.join(folder, 'native.hpp'), 'utf8');
    const accessors = (kind) => [...header.matchAll(/^ {4}wasminfer::(?:free_)?tensor_view<(const )?.*> (\w+)\(\) (?:const )?noexcept$/gm)]
        .filter(([, constant]) => Boolean(constant) === (kind === 'outputs')).map(([, , name]) => name);
    const lines = (kind, line) => accessors(kind).map((name) => `        ${line(`model.${name}()`)}\n`).join('');
    fs.writeFileSync(path.join(folder, 'native.cpp'), `#include "native.hpp"
#include <cstdio>
void read(auto view) { if (std::fread(view.data(), 1, view.size_bytes(), stdin) != view.size_bytes()) std::exit(1); }
void write(auto view)
{
    const std::uint64_t bytes = view.size_bytes();
    std::fwrite(&bytes, 1, sizeof bytes, stdout);
    std::fwrite(view.data(), 1, bytes, stdout);
}
int main()
{
    for (int set = 0; set < ${sets.length}; ++set) {
        native::Model model;
${lines('inputs', (view) => `read(${view});`)}        model.run();
${lines('outputs', (view) => `write(${view});`)}    }
}\n`);
    const program = path.join(folder, 'native');
    runOk([compiler, '-std=c++20', '-O3', '-ffp-contract=off', '-I', path.join(source, 'include'), '-isystem', path.join(source, 'build/include'), path.join(folder, 'native.cpp'), '-o', program], { timeout: 1200000 });
    const { status, stdout } = spawnSync(program, { input: Buffer.concat(sets.flat().map((text) => Buffer.from(text, 'base64'))), maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error(`the program ended with ${status}`);
    const results = [];
    for (let at = 0; at < stdout.length;) {
        const bytes = Number(stdout.readBigUInt64LE(at));
        results.push(stdout.subarray(at + 8, at += 8 + bytes));
    }
    return results;
}

/** {name: build => the outputs' bytes}, of all that is here; test.after() is told what has to be closed. */
export async function engines(test) {
    const all = { node: (build) => inNode(process.execPath, build) };
    const node20 = platform('node20', 'bin', 'node');
    if (node20) all.node20 = (build) => inNode(node20, build);
    for (const name of ['chromium', 'firefox']) {
        if (!hasBrowser(name)) continue;
        const browser = await launch(test, name);
        all[name] = (build) => inBrowser(browser, build);
    }
    if (platform('@cloudflare', 'workerd-linux-64')) all.workerd = inWorkerd;
    for (const compiler of [process.env.WASMINFER_CXX ?? 'clang++-19', 'g++']) {
        if (run([compiler, '--version']).status === 0) all[path.basename(compiler)] = (build) => natively(compiler, build);
    }
    return all;
}
