// tools/pipeline's stages over a Worker of one model, in clean folders: what they leave, twice the same, and back.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { run, runOk, source, temporaryFolder } from '../module/support.mjs';

const pipeline = path.join(source, 'tools/pipeline');
const stages = ['verify', 'modules', 'version', 'archive', 'stage'];

/** A Worker out of examples/digits' network. */
function makeWorker(folder) {
    const model = path.join(source, 'examples/worker/models/digits');
    fs.mkdirSync(path.join(folder, 'app'), { recursive: true });
    fs.cpSync(model, path.join(folder, 'models/digits'), { recursive: true, dereference: true });
    fs.writeFileSync(path.join(folder, 'models/digits/options'), '--version 3.2.1\n');
    fs.copyFileSync(path.join(source, 'examples/worker/app/wrangler.toml'), path.join(folder, 'app/wrangler.toml'));
    fs.writeFileSync(path.join(folder, 'app/worker.mjs'), 'export default { fetch: () => new Response("one") };\n');
    fs.writeFileSync(path.join(folder, 'seven.cpp'), 'extern "C" __attribute__((export_name("seven"))) int seven()\n{\n    return 7;\n}\n');
}

test('from a model to a staged Worker, the same archive twice, and back', (t) => {
    const folder = temporaryFolder(t);
    const worker = path.join(folder, 'one');
    makeWorker(worker);
    const [to, again] = ['first', 'second'].map((name) => path.join(folder, name));
    const run1 = (...words) => runOk([pipeline, ...words, '--worker', worker, '--to', to]);
    for (const stage of stages.slice(0, -1)) run1(stage);
    const output = run1('stage');
    const current = path.join(to, 'current');
    assert.match(output, new RegExp(`\\n    \\(cd ${current} && npx wrangler deploy\\)\n`));

    // What is staged is whole, and says what it is.
    const files = fs.readdirSync(current, { recursive: true }).sort();
    const weights = files.find((name) => name.endsWith('.bin'));
    assert.deepEqual(files, ['models', 'models/digits', 'models/digits/digits.mjs', 'models/digits/digits.wasm', weights, 'models/digits/digits.workers.mjs',
        'models/digits/manifest.json', 'release.mjs', 'seven.wasm', 'worker.mjs', 'wrangler.toml'].sort());
    const program = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(path.join(current, 'seven.wasm'))), {});
    assert.equal(program.exports.seven(), 7);
    const release = fs.readFileSync(path.join(current, 'release.mjs'), 'utf8');
    assert.match(release, /"version": "1.0.0",\n {4}"build": "[0-9a-f]{12}"/);
    assert.match(release, /"digits": \{\n {8} {4}"sha256": "6f3aee1e7d72a351[0-9a-f]{48}",\n {8} {4}"version": "3.2.1"/);

    // Elsewhere, later, by somebody whose files nobody else may read.
    runOk(['bash', '-c', `umask 077 && exec '${pipeline}' ${stages.slice(1).join(' ')} --worker '${worker}' --to '${again}'`]);
    const archives = [to, again].map((place) => fs.readdirSync(path.join(place, 'archives')).sort());
    assert.deepEqual(archives[0], archives[1]);
    assert.match(archives[0][0], /^one-1\.0\.0-[0-9a-f]{12}\.tar\.gz$/);
    const [one, two] = [to, again].map((place) => fs.readFileSync(path.join(place, 'archives', archives[0][0])));
    assert(one.equals(two));

    // Another version beside it, and back by one command.
    const before = fs.readlinkSync(current);

    fs.writeFileSync(path.join(worker, 'app/worker.mjs'), 'export default { fetch: () => new Response("two") };\n');
    run1('version', 'archive', 'stage', '--version', '1.1.0');
    assert.match(fs.readlinkSync(current), /^releases\/1\.1\.0-/);
    assert.match(fs.readFileSync(path.join(current, 'worker.mjs'), 'utf8'), /two/);
    const back = runOk([pipeline, '--rollback', '--to', to]);
    assert.equal(fs.readlinkSync(current), before);
    assert.match(back, /1\.0\.0-[0-9a-f]{12} is staged[^]*npx wrangler deploy/);
    assert.match(fs.readFileSync(path.join(current, 'worker.mjs'), 'utf8'), /one/);
    const none = run([pipeline, '--rollback', '--to', to]);
    assert.notEqual(none.status, 0);
    assert.match(none.output, /nothing was staged before/);

    // What can't be verified goes no further.
    fs.rmSync(path.join(worker, 'models/digits/test_data_set_0'), { recursive: true });
    const wrong = run([pipeline, '--worker', worker, '--to', to]);
    assert.notEqual(wrong.status, 0);
    assert.match(wrong.output, /verify failed/);
    assert.equal(fs.readlinkSync(current), before);
});

test('what a stage wants is said', (t) => {
    const folder = temporaryFolder(t);
    for (const [words, says] of [[['--version', '1.x'], /--version is like 1\.2\.3/], [['deploy'], /unknown argument deploy/], [['archive', '--to', folder], /archive failed/]]) {
        const { status, output } = run([pipeline, ...words]);
        assert.notEqual(status, 0);
        assert.match(output, says);
    }
});

test('the Dockerfile\'s stages are the pipeline\'s', () => {
    const text = fs.readFileSync(path.join(source, 'examples/worker/Dockerfile'), 'utf8');
    const lines = text.split('\n').filter((line) => line.startsWith('RUN '));
    assert.deepEqual(lines, ['RUN tools/setup', ...stages.map((stage) => `RUN tools/pipeline ${stage}${stage === 'version' ? ' --version "$VERSION"' : ''}`)]);
    const from = [...text.matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)].map(([, base, name]) => [base, name]);
    assert.deepEqual(from, [['debian:12', 'tools'], ['tools', 'verify'], ...stages.slice(1).map((stage, i) => [stages[i], stage]), ['scratch', undefined]]);
});
