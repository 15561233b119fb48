// An app that imports the package, through Vite (dev and build) and esbuild, run in Chromium; the other engines with a
// file system.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { hasBrowser, launch, serve } from './browser.mjs';
import { digits, open, platform, runOk, temporaryFolder } from './support.mjs';

const { folder, file, load } = await open('digits');
const [image] = digits(1);
const expected = [...(await load(fs.readFileSync(file('relaxed.wasm')))).run({ image }).probabilities];

/** A project with the package installed. */
function project(test) {
    const place = temporaryFolder(test);
    fs.cpSync(folder, path.join(place, 'node_modules/digits'), { recursive: true });
    fs.writeFileSync(path.join(place, 'package.json'), '{ "private": true, "type": "module", "dependencies": { "digits": "1.0.0" } }');
    fs.writeFileSync(path.join(place, 'index.html'), '<!doctype html><title>app</title><script type="module" src="/main.js"></script>');
    fs.writeFileSync(path.join(place, 'main.js'), `import { load } from 'digits';
        const m = await load();
        globalThis.result = [...m.run({ image: Float32Array.from(${JSON.stringify([...image])}) }).probabilities];\n`);
    return place;
}

async function resultOf(test, url) {
    const browser = await launch(test, 'chromium');
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(url);
    await page.waitForFunction('globalThis.result', { timeout: 60000 }).catch((error) => { throw new Error(`${error.message} ${errors}`); });
    return page.evaluate('globalThis.result');
}

const vitePackage = platform('vite', 'package.json');
const vite = vitePackage && hasBrowser('chromium') ? await import(pathToFileURL(path.join(path.dirname(vitePackage), 'dist/node/index.js'))) : null;

test('vite build: the files become assets', { skip: !vite }, async (t) => {
    const root = project(t);
    await vite.build({ root, logLevel: 'error', build: { target: 'es2022' } });
    const { url } = await serve(t, path.join(root, 'dist'));
    assert.deepEqual(await resultOf(t, url), expected);
});

test('vite dev: served from where they are', { skip: !vite }, async (t) => {
    const root = project(t);
    const server = await vite.createServer({ root, logLevel: 'error', server: { port: 0, host: '127.0.0.1' } });
    t.after(() => server.close());
    await server.listen();
    assert.deepEqual(await resultOf(t, `http://127.0.0.1:${server.httpServer.address().port}/`), expected);
});

const esbuildPackage = platform('esbuild', 'package.json');
test('esbuild: the files lie beside its output', { skip: !esbuildPackage || !hasBrowser('chromium') }, async (t) => {
    const { default: esbuild } = await import(pathToFileURL(path.join(path.dirname(esbuildPackage), 'lib/main.js')));
    const root = project(t);
    const result = await esbuild.build({ absWorkingDir: root, entryPoints: ['main.js'], bundle: true, format: 'esm', outdir: 'dist', target: 'es2022', logLevel: 'silent' });
    assert.deepEqual(result.warnings, []);
    fs.copyFileSync(path.join(root, 'index.html'), path.join(root, 'dist/index.html'));
    for (const name of fs.readdirSync(folder)) if (/\.(wasm|bin)$/.test(name)) fs.copyFileSync(path.join(folder, name), path.join(root, 'dist', name));
    const { url } = await serve(t, path.join(root, 'dist'));
    assert.deepEqual(await resultOf(t, url), expected);
});

test('the exports map: each platform gets its own script', { skip: !esbuildPackage }, async (t) => {
    const { default: esbuild } = await import(pathToFileURL(path.join(path.dirname(esbuildPackage), 'lib/main.js')));
    const root = project(t);
    for (const [condition, taken] of [['workerd', 'digits.workers.mjs'], ['edge-light', 'digits.edge.mjs'], ['node', 'digits.mjs'], ['browser', 'digits.mjs'], [null, 'digits.mjs']]) {
        const { metafile } = await esbuild.build({
            absWorkingDir: root, entryPoints: ['main.js'], bundle: true, write: false, metafile: true, format: 'esm', platform: 'neutral', target: 'es2022',
            conditions: condition ? [condition] : [], external: ['*.wasm', '*.bin', '*?module'], logLevel: 'silent',
        });
        const { imports } = metafile.inputs['main.js'];
        assert.deepEqual(imports.map(({ path: file }) => path.basename(file)), [taken], condition);
    }
});

const script = 'app.mjs';
const simd = [...(await load(fs.readFileSync(file('digits.wasm')))).run({ image }).probabilities];
for (const [name, program, ...options] of [
    ['deno', platform('@deno', 'linux-x64-glibc', 'deno'), 'run', '--allow-read', '--allow-env'],
    ['bun', platform('@oven', 'bun-linux-x64', 'bin', 'bun'), 'run'],
]) {
    test(`${name}: the package as it is`, { skip: !program }, (t) => {
        const root = project(t);
        fs.writeFileSync(path.join(root, script), `import { load } from 'digits';
            const m = await load();
            console.log(JSON.stringify([...m.run({ image: Float32Array.from(${JSON.stringify([...image])}) }).probabilities]));\n`);
        const output = runOk([program, ...options, script], { cwd: root, env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' } });
        const result = JSON.parse(output.trim().split('\n').at(-1));
        // Which of the two it took depends on what its engine has.
        const difference = (other) => Math.max(...result.map((value, i) => Math.abs(value - other[i])));
        assert.ok(difference(expected) === 0 || difference(simd) === 0);
    });
}
