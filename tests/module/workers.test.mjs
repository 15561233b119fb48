// Modules in workerd, by itself and under miniflare: weights that came along, from assets, from a bucket.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { digits, freePort, open, platform, runOk, temporaryFolder } from './support.mjs';

const { folder, file, load } = await open('digits');
const weightsFile = path.basename(file('.bin'));
const [image] = digits(1);
const expected = async (wasm) => [...(await load(fs.readFileSync(file(wasm)))).run({ image }).probabilities];
const pixels = JSON.stringify([...image]);

const worker = `
import { load } from './digits.workers.mjs';
import simd from './digits.wasm';
const image = Float32Array.from(${pixels});
const run = (m) => [...m.run({ image }).probabilities];
export default {
    async fetch(request, env) {
        const ways = {
            bundled: () => load(undefined, { instances: 2 }),
            again: () => load(),
            third: () => load(),
            simd: async () => load(simd, { weights: env.ASSETS.fetch('http://assets/${weightsFile}') }),
            assets: () => load(undefined, { weights: env.ASSETS.fetch('http://assets/${weightsFile}') }),
            missing: () => load(undefined, { weights: env.ASSETS.fetch('http://assets/none.bin') }),
            bucket: async () => load(undefined, { weights: (await env.BUCKET.get('${weightsFile}')).body }),
        };
        try {
            return Response.json(run(await ways[new URL(request.url).pathname.slice(1)]()));
        } catch (error) {
            return Response.json(String(error));
        }
    },
};
`;

const workerd = platform('@cloudflare', 'workerd-linux-64', 'bin', 'workerd');
test('workerd: bundled weights are let go and shared; assets stream in', { skip: !workerd }, async (t) => {
    const place = temporaryFolder(t);
    fs.cpSync(folder, place, { recursive: true });
    fs.writeFileSync(path.join(place, 'worker.js'), worker);
    const port = await freePort();
    const modules = [['worker.js', 'esModule'], ['digits.workers.mjs', 'esModule'], ['digits.mjs', 'esModule'], ['digits.relaxed.wasm', 'wasm'], ['digits.wasm', 'wasm'], [weightsFile, 'data']]
        .map(([name, kind]) => `(name = "${name}", ${kind} = embed "${name}")`).join(', ');
    fs.writeFileSync(path.join(place, 'config.capnp'), `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
    services = [
        (name = "main", worker = (modules = [${modules}], compatibilityDate = "2026-04-01", bindings = [(name = "ASSETS", service = "assets")])),
        (name = "assets", disk = (path = "${folder}")),
    ],
    sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);\n`);
    const server = spawn(workerd, ['serve', path.join(place, 'config.capnp')], { stdio: ['ignore', 'inherit', 'inherit'] });
    t.after(() => server.kill());
    const ask = async (way) => {
        for (let tries = 0; ; ++tries) {
            try {
                return await (await fetch(`http://127.0.0.1:${port}/${way}`)).json();
            } catch (error) {
                if (tries === 100) throw error;
                await new Promise((later) => setTimeout(later, 100));
            }
        }
    };
    const relaxed = await expected('relaxed.wasm');
    assert.deepEqual(await ask('bundled'), relaxed);
    assert.deepEqual(await ask('again'), relaxed);
    assert.match(await ask('third'), /no room is left for another instance/);
    assert.deepEqual(await ask('assets'), relaxed);
    assert.deepEqual(await ask('simd'), await expected('digits.wasm'));
    assert.match(await ask('missing'), /Error: digits: .*answers 404/);
});

const wrangler = platform('wrangler', 'bin', 'wrangler.js');
test('wrangler: the package by its name, bundled, runs', { skip: !wrangler || !platform('miniflare', 'package.json') }, async (t) => {
    const place = temporaryFolder(t);
    fs.cpSync(folder, path.join(place, 'node_modules/digits'), { recursive: true });
    fs.writeFileSync(path.join(place, 'wrangler.toml'), 'name = "app"\nmain = "worker.js"\ncompatibility_date = "2026-04-01"\n');
    fs.writeFileSync(path.join(place, 'worker.js'), `import { load } from 'digits';
        export default { async fetch() { return Response.json([...(await load()).run({ image: Float32Array.from(${pixels}) }).probabilities]); } };\n`);
    const output = runOk([process.execPath, wrangler, 'deploy', '--dry-run', '--outdir', 'out'],
        { cwd: place, env: { ...process.env, HOME: place, CI: '1', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' } });
    assert.doesNotMatch(output, /WARNING/);
    const { Miniflare } = await import(pathToFileURL(path.join(path.dirname(platform('miniflare', 'package.json')), 'dist/src/index.js')));
    const flare = new Miniflare({
        modules: true,
        modulesRoot: path.join(place, 'out'),
        scriptPath: path.join(place, 'out/worker.js'),
        modulesRules: [{ type: 'ESModule', include: ['**/*.js'] }, { type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'Data', include: ['**/*.bin'] }],
        compatibilityDate: '2026-04-01',
    });
    t.after(() => flare.dispose());
    assert.deepEqual(await (await flare.dispatchFetch('http://localhost/')).json(), await expected('relaxed.wasm'));
});

const miniflare = platform('miniflare', 'package.json');
test('miniflare: by wrangler\'s rules for files, and from a bucket', { skip: !miniflare }, async (t) => {
    const { Miniflare } = await import(pathToFileURL(path.join(path.dirname(miniflare), 'dist/src/index.js')));
    const place = temporaryFolder(t);
    fs.cpSync(folder, place, { recursive: true });
    fs.writeFileSync(path.join(place, 'worker.mjs'), worker);
    const flare = new Miniflare({
        modules: true,
        modulesRoot: place,
        scriptPath: path.join(place, 'worker.mjs'),
        modulesRules: [{ type: 'ESModule', include: ['**/*.mjs'] }, { type: 'CompiledWasm', include: ['**/*.wasm'] }, { type: 'Data', include: ['**/*.bin'] }],
        compatibilityDate: '2026-04-01',
        r2Buckets: ['BUCKET'],
    });
    t.after(() => flare.dispose());
    const bucket = await flare.getR2Bucket('BUCKET');
    await bucket.put(weightsFile, new Uint8Array(fs.readFileSync(file('.bin'))).buffer);
    const ask = async (way) => (await flare.dispatchFetch(`http://localhost/${way}`)).json();
    const relaxed = await expected('relaxed.wasm');
    assert.deepEqual(await ask('bundled'), relaxed);
    assert.deepEqual(await ask('bucket'), relaxed);
});
