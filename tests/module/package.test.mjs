// The folder as an npm package: the same bytes again, its check, packed and installed elsewhere, typed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { generator, modules, platform, run, runOk, source, temporaryFolder } from './support.mjs';

const digits = path.join(modules, 'digits');
const read = (folder, name) => fs.readFileSync(path.join(folder, name));

test('the same model, options and compiler give the same bytes, wherever they lie', (t) => {
    const folder = temporaryFolder(t);
    const before = path.join(modules, 'model');
    fs.copyFileSync(path.join(modules, 'parts.onnx'), path.join(folder, 'parts.onnx'));
    const { options } = JSON.parse(read(before, 'manifest.json'));
    runOk([generator, 'module', 'parts.onnx', '-o', 'out', ...options], { cwd: folder });
    const names = fs.readdirSync(path.join(folder, 'out'));
    assert.deepEqual(names, fs.readdirSync(before));
    for (const name of names) assert.ok(read(path.join(folder, 'out'), name).equals(read(before, name)), `${name} differs`);
});

test('the manifest says what is there, and --check finds what was changed', (t) => {
    const manifest = JSON.parse(read(digits, 'manifest.json'));
    assert.deepEqual(manifest.files.map(({ name }) => name).concat('manifest.json').sort(), fs.readdirSync(digits).sort());
    assert.deepEqual(manifest.inputs, [{ name: 'image', type: 'f32', shape: [1, 1, 8, 8] }]);
    assert.match(manifest.model.sha256, /^[0-9a-f]{64}$/);
    assert.match(manifest.compiler, /\d+\.\d+/);
    assert.ok(manifest.macs > 100000 && manifest.arena_bytes > 0 && manifest.weights_bytes > 0 && manifest.model.opsets['ai.onnx']);
    assert.ok(manifest.files.find(({ name, sha256 }) => name === `digits.weights-${sha256.slice(0, 16)}.bin`));
    runOk([generator, 'module', '--check', digits]);
    const folder = temporaryFolder(t);
    fs.cpSync(digits, folder, { recursive: true });
    fs.appendFileSync(path.join(folder, 'digits.mjs'), ' ');
    fs.rmSync(path.join(folder, 'digits.wasm'));
    const { status, output } = run([generator, 'module', '--check', folder]);
    assert.equal(status, 1);
    assert.match(output, /digits\.wasm: /);
    assert.match(output, /digits\.mjs: has \d+ bytes, the manifest says \d+/);
});

test('where the compiler fails, or a file can\'t be written, nothing is', (t) => {
    const folder = temporaryFolder(t);
    const model = path.join(source, 'examples/digits/digits.onnx');
    const failed = run([generator, 'module', model, '-o', path.join(folder, 'out')], { env: { ...process.env, WASMINFER_EMXX: 'false' } });
    assert.equal(failed.status, 1);
    assert.match(failed.output, /the compiler failed/);
    assert.deepEqual(fs.readdirSync(folder), []);
    fs.writeFileSync(path.join(folder, 'file'), '');
    const blocked = run([generator, 'module', model, '-o', path.join(folder, 'file')]);
    assert.equal(blocked.status, 1);
    assert.match(blocked.output, /file: is not a folder/);
});

test('npm pack makes what installs elsewhere', { skip: run(['npm', '--version']).status !== 0 }, (t) => {
    const folder = temporaryFolder(t);
    const archive = runOk(['npm', 'pack', digits, '--silent'], { cwd: folder }).trim();
    assert.equal(archive, 'digits-1.0.0.tgz');
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    runOk(['npm', 'install', '--offline', '--no-audit', '--no-fund', `./${archive}`], { cwd: folder });
    fs.writeFileSync(path.join(folder, 'app.js'), `
        import { load } from 'digits';
        const m = await load();
        console.log(m.run({ image: new Float32Array(64) }).probabilities.length);`);
    assert.equal(runOk([process.execPath, 'app.js'], { cwd: folder }).trim(), '10');
    runOk([generator, 'module', '--check', path.join(folder, 'node_modules/digits')]);
});

test('for Workers: a budget, and what can\'t fit is refused', (t) => {
    const folder = temporaryFolder(t);
    const model = path.join(modules, 'parts.onnx');
    const output = runOk([generator, 'module', model, '-o', 'out', '--dim', 'seq=1..8', '--target', 'workers', '--simd', 'none'], { cwd: folder });
    for (const line of [/upload +[\d.]+ KiB of 64/, /compressed +[\d.]+ KiB of 10/, /memory +[\d.]+ KiB of 128/, /weights +[\d.]+ KiB, uploaded/, /start-up +about \d+ ms/]) {
        assert.match(output, line);
    }
    const names = fs.readdirSync(path.join(folder, 'out'));
    assert.ok(names.includes('parts.workers.mjs') && !names.includes('parts.relaxed.wasm'));
    const refused = run([generator, 'module', model, '-o', 'large', '--dim', 'seq=1..9000000', '--target', 'workers', '--simd', 'none'], { cwd: folder });
    assert.equal(refused.status, 1);
    assert.match(refused.output, /MiB of memory, an isolate has 128.0 MiB: lower the bounds of --dim/);
    assert.ok(!fs.existsSync(path.join(folder, 'large')));
});

const tsc = platform('typescript', 'bin', 'tsc');
test('types: right use passes tsc --strict, wrong names and types do not', { skip: !tsc }, (t) => {
    const folder = temporaryFolder(t);
    for (const name of ['digits', 'parts']) fs.cpSync(path.join(modules, name), path.join(folder, 'node_modules', name), { recursive: true });
    const compile = (text) => {
        fs.writeFileSync(path.join(folder, 'app.mts'), text);
        return run([process.execPath, tsc, '--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom', 'app.mts'], { cwd: folder });
    };
    const head = `import { load } from 'digits';\nimport * as parts from 'parts';\nconst m = await load();\nconst p = await parts.load(undefined, { instances: 2 });\n`;
    const right = compile(`${head}
        m.inputs.image.set([1, 2]);
        m.run();
        const probabilities: Float32Array = m.run({ image: new Float32Array(64) }).probabilities;
        const other = await load(m.module, { weights: fetch('https://example.com/'), onProgress: (loaded, total) => console.log(loaded / total) });
        const scores: Float32Array = p.outputs['scores:0'];
        const places: BigInt64Array = p.run({ x: new Float32Array(4), 'the ids': new BigInt64Array(1), mask: new Uint8Array(1) }).places;
        p.resize({ seq: 3 });
        p.another().restore(p.snapshot());
        const [step] = p.profile();
        console.log(probabilities, other, scores, places, step.milliseconds, p.shape('x'));`);
    assert.equal(right.output, '');
    const wrong = [
        ['m.inputs.img;', /Property 'img' does not exist/],
        ['m.run({ image: new Float64Array(64) });', /Float64Array.* is not assignable to type 'Float32Array/],
        ['m.run({ image: [1, 2] });', /'number\[\]' is missing the following properties from type 'Float32Array/],
        ['m.run({});', /'{}' is not assignable to parameter of type 'Values'/],
        ['m.inputs.image = new Float32Array(64);', /read-only/],
        ['m.reset();', /Property 'reset' does not exist/],
        ['m.shape(\'img\');', /not assignable/],
        ['p.resize({ rows: 3 });', /'rows' does not exist/],
        ['p.run({ x: new Float32Array(4), \'the ids\': new Int32Array(1), mask: new Uint8Array(1) });', /Int32Array/],
        ['load(undefined, { weights: 5 });', /not assignable/],
    ];
    const { output } = compile(`${head}${wrong.map(([line]) => line).join('\n')}\n`);
    wrong.forEach(([line, pattern], i) => {
        const found = output.split('\n').find((message) => message.startsWith(`app.mts(${i + 5},`));
        assert.match(found ?? '', pattern, line);
    });
});
