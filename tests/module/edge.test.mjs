// The package on edge runtimes, where bundlers compile programs (import … from '….wasm?module') and nothing else may: in
// @edge-runtime/vm, told to let WebAssembly compile as little as they do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { serve } from './browser.mjs';
import { digits, open, platform, temporaryFolder } from './support.mjs';

const edge = platform('@edge-runtime', 'vm', 'package.json');
const esbuildPackage = platform('esbuild', 'package.json');
const { folder, file, load } = await open('digits');
const [image] = digits(1);

/** What edge bundlers do with such an import: a global of the runtime, compiled beforehand. */
const wasmPlugin = (programs) => ({
    name: 'wasm?module',
    setup(build) {
        build.onResolve({ filter: /\.wasm\?module$/ }, ({ path: name, resolveDir }) => {
            const key = `wasm_${programs.size}`;
            programs.set(key, new WebAssembly.Module(fs.readFileSync(path.join(resolveDir, name.replace('?module', '')))));
            return { path: key, namespace: 'wasm' };
        });
        build.onLoad({ filter: /./, namespace: 'wasm' }, ({ path: key }) => ({ contents: `export default globalThis.${key};` }));
    },
});

test('edge-light: the compiled program is imported, weights are fetched, nothing is compiled', { skip: !edge || !esbuildPackage }, async (t) => {
    const { default: esbuild } = await import(pathToFileURL(path.join(path.dirname(esbuildPackage), 'lib/main.js')));
    const { EdgeVM } = createRequire(edge)('@edge-runtime/vm');
    const root = temporaryFolder(t);
    fs.cpSync(folder, path.join(root, 'node_modules/digits'), { recursive: true });
    fs.writeFileSync(path.join(root, 'app.js'), `import { load } from 'digits';
        const image = Float32Array.from(${JSON.stringify([...image])});
        const run = async (...given) => [...(await load(...given)).run({ image }).probabilities];
        globalThis.answers = async (weightsUrl) => JSON.stringify([await run(), await run(undefined, { weights: fetch(weightsUrl) }), await run(undefined, { weights: await (await fetch(weightsUrl)).arrayBuffer() })]);
        globalThis.compiles = (bytes) => WebAssembly.compile(bytes).then(() => 'compiled', (error) => error.message);`);
    const { url } = await serve(t, folder);
    const programs = new Map();
    const { outputFiles: [{ text }] } = await esbuild.build({
        absWorkingDir: root, entryPoints: ['app.js'], bundle: true, write: false, format: 'iife', conditions: ['edge-light'], platform: 'browser',
        define: { 'import.meta.url': JSON.stringify(url) }, plugins: [wasmPlugin(programs)],
    });
    // Next.js refuses to build what has this anywhere.
    assert.ok(!/WebAssembly\.compile/.test(text.replace(/globalThis\.compiles.*/, '')));
    const vm = new EdgeVM({ codeGeneration: { strings: false, wasm: false }, extend: (context) => Object.assign(context, Object.fromEntries(programs)) });
    vm.evaluate(text);
    assert.match(await vm.evaluate('compiles(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))'), /disallowed/);
    const answers = JSON.parse(await vm.evaluate(`answers('${url}${path.basename(file('.bin'))}')`));
    const expected = [...(await load(fs.readFileSync(file('digits.wasm')))).run({ image }).probabilities];
    assert.deepEqual(answers, [expected, expected, expected]);
});
