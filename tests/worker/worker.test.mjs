// examples/worker as tools/pipeline staged it, in workerd by itself and under miniflare.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { digits, platform, runOk, temporaryFolder } from '../module/support.mjs';
import { answers } from './answers.mjs';
import { broken, refusals } from './refusals.mjs';
import { corners, digitPixels, facesPng, found, modules, post, raw, sound, staged, start, workerd } from './support.mjs';

function copy(t) {
    const folder = temporaryFolder(t);
    fs.cpSync(staged, folder, { recursive: true, dereference: true });
    return folder;
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/** So many loops at once until f was called `count` times. */
async function crowd(loops, count, f) {
    let next = 0;
    await Promise.all(Array.from({ length: loops }, async () => {
        while (next < count) await f(next++);
    }));
}

test('workerd', { skip: !workerd }, async (t) => {
    const { ask } = await start(t, copy(t));
    await t.test('the right answers', () => answers(ask));
    await t.test('what is refused', () => refusals(ask));
    await t.test('broken pictures', () => broken(ask, 300));
    await t.test('50 clients at once, each with its own answers', async () => {
        const images = digits(50).map(digitPixels);
        const alone = [];
        for (const image of images) alone.push(await (await ask('/digit?width=8&height=8', post(raw, image))).json());
        const audio = new Uint8Array(sound(0.1).buffer);
        const voices = new Set();
        await Promise.all(images.map(async (image, i) => {
            const heard = [];
            for (let round = 0; round < 4; ++round) {
                assert.deepEqual(await (await ask('/digit?width=8&height=8', post(raw, image))).json(), alone[i]);
                heard.push(await (await ask(`/voice/client-${i}x?format=f32`, post(raw, audio))).json());
                assert.deepEqual(corners(await (await ask('/faces', post('image/png', facesPng))).json()), found);
            }
            voices.add(JSON.stringify(heard));
        }));
        assert.equal(voices.size, 1);
    });
});

test('workerd: 10,000 requests, and no more memory', { skip: !workerd }, async (t) => {
    // V8 keeps what it need not collect yet; of a heap that may not grow, what is left is what is held.
    const { ask, pid } = await start(t, copy(t), ['--max-semi-space-size=1', '--max-old-space-size=32']);
    const image = digitPixels(digits(1)[0]);
    const audio = new Uint8Array(sound(0.05).buffer);
    const mix = (i) => {
        if (i % 40 === 0) return ask('/faces', post('image/png', facesPng));
        if (i % 40 === 1) return ask('/faces', post('image/png', facesPng.subarray(0, 5000)));
        if (i % 4 === 1) return ask('/voice/session-m?format=f32', post(raw, audio));
        return ask('/digit?width=8&height=8', post(raw, image));
    };
    const drain = async (i) => {
        const response = await mix(i);
        assert(response.status === (i % 40 === 1 ? 422 : 200));
        await response.arrayBuffer();
    };
    const memory = async () => (await (await ask('/health')).json()).memory;
    await crowd(50, 4000, drain);
    const before = [await memory(), resident(pid)];
    await crowd(50, 10000, drain);
    const after = [await memory(), resident(pid)];
    t.diagnostic(`linear memory ${after[0]} bytes, resident ${before[1]} before, ${after[1]} after`);
    assert.equal(after[0], before[0]);
    assert(after[1] < before[1] + (8 << 20), `${before[1]} -> ${after[1]}`);
});

const miniflare = platform('miniflare', 'package.json');
test('miniflare', { skip: !miniflare }, async (t) => {
    const { Miniflare } = await import(pathToFileURL(path.join(path.dirname(miniflare), 'dist/src/index.js')));
    const folder = copy(t);
    const types = { esModule: 'ESModule', wasm: 'CompiledWasm', data: 'Data' };
    const make = () => new Miniflare({
        modules: modules(folder).map(({ name, kind }) => ({ type: types[kind], path: path.join(folder, name) })),
        modulesRoot: folder,
        compatibilityDate: '2026-04-01',
        durableObjects: { VOICE: { className: 'Voice', useSQLite: true } },
        durableObjectsPersist: path.join(folder, 'objects'),
    });
    let flare = make();
    t.after(() => flare.dispose());
    const ask = (route, options) => flare.dispatchFetch(`http://localhost${route}`, options);
    await t.test('the right answers', () => answers(ask));
    await t.test('what is refused', () => refusals(ask));
    await t.test('a session outlives its process', async () => {
        const audio = new Uint8Array(sound(0.2).buffer);
        const hear = async (session) => (await ask(`/voice/${session}?format=f32`, post(raw, audio))).json();
        const whole = [await hear('session-whole'), await hear('session-whole')];
        const first = await hear('session-halves');
        await flare.dispose();
        flare = make();
        assert.deepEqual([first, await hear('session-halves')], whole);
    });
});

const wrangler = platform('wrangler', 'bin', 'wrangler.js');
test('wrangler would upload every module, within the free plan', { skip: !wrangler }, (t) => {
    const folder = copy(t);
    const home = temporaryFolder(t);
    const output = runOk([process.execPath, wrangler, 'deploy', '--dry-run', '--outdir', path.join(home, 'out')],
        { cwd: folder, env: { ...process.env, HOME: home, CI: '1', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' } });
    assert.doesNotMatch(output, /WARNING/);
    for (const { name } of modules(folder)) {
        assert(fs.readFileSync(path.join(home, 'out', name)).equals(fs.readFileSync(path.join(folder, name))), name);
    }
    assert.match(output, /env\.VOICE \(Voice\)/);
    assert(Number(/gzip: ([\d.]+) KiB/.exec(output)[1]) < 3 * 1024, output);
});
