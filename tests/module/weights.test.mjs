// Weights: where they may come from, that none but the right ones are used, and what is said of others.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { digits, modules, open, temporaryFolder } from './support.mjs';

const { load, file } = await open('digits');
const module = new WebAssembly.Module(fs.readFileSync(file('digits.wasm')));
const weights = fs.readFileSync(file('.bin'));
const [image] = digits(1);
const expected = (await load(module)).run({ image }).probabilities;
const changed = (at) => {
    const copy = Buffer.from(weights);
    copy[at] ^= 1;
    return copy;
};
// In pieces of odd lengths, as networks bring them.
const pieces = (bytes, type) => new ReadableStream({
    type,
    start(to) {
        for (let at = 0; at < bytes.length; at += 9973) to.enqueue(Uint8Array.from(bytes.subarray(at, at + 9973)));
        to.close();
    },
});
async function serve(test, handler) {
    const server = http.createServer(handler);
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    test.after(() => { server.closeAllConnections(); server.close(); });
    return `http://127.0.0.1:${server.address().port}/`;
}

test('bytes, streams of both kinds, responses, URLs and promises of them', async (t) => {
    const url = await serve(t, (_, response) => response.end(weights));
    const padded = Buffer.concat([Buffer.alloc(3), weights]);
    const sources = [weights, weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length), padded.subarray(3),
        pieces(weights), pieces(weights, 'bytes'), new Response(weights), new Response(pieces(weights)),
        `file://${file('.bin')}`, new URL(`file://${file('.bin')}`), url, new URL(url), fetch(url)];
    for (const source of sources) {
        assert.deepEqual((await load(module, { weights: source })).run({ image }).probabilities, expected);
    }
});

test('progress: growing, and all of it at the end', async () => {
    for (const source of [weights, pieces(weights), undefined]) {
        const seen = [];
        await load(module, { weights: source, onProgress: (loaded, total) => seen.push([loaded, total]) });
        assert.deepEqual(seen.at(-1), [weights.length, weights.length]);
        assert.ok(seen.every(([loaded], i) => i === 0 || loaded >= seen[i - 1][0]));
    }
});

test('what is cut, changed, of another model or another version is refused', async (t) => {
    const other = fs.readFileSync((await open('parts')).file('.bin'));
    const refuse = async (bytes, pattern) => {
        const folder = temporaryFolder(t);
        fs.writeFileSync(path.join(folder, 'weights.bin'), bytes);
        for (const source of [bytes, pieces(bytes), `file://${folder}/weights.bin`]) {
            await assert.rejects(load(module, { weights: source }), pattern);
        }
    };
    await refuse(weights.subarray(0, 40000), /digits: the weights end after 40000 of 52160 bytes/);
    await refuse(weights.subarray(0, 10), /digits: the weights /);
    await refuse(new Uint8Array(0), /digits: the weights /);
    await refuse(Buffer.concat([weights, weights.subarray(0, 1)]), /digits: the weights go on behind their 52160 bytes/);
    await refuse(changed(20000), /digits: the weights are corrupted/);
    await refuse(changed(weights.length - 1), /digits: the weights are corrupted/);
    await refuse(changed(0), /digits: the weights are no such file/);
    await refuse(changed(8), /digits: the weights were made for another version of the runtime/);
    await refuse(changed(24), /digits: the weights belong to another model/);
    await refuse(other, /digits: the weights belong to another model/);
    assert.equal((await load(module)).run({ image }).probabilities[0], expected[0]);
});

test('an answer that is none, and one that breaks off', async (t) => {
    const none = await serve(t, (_, response) => { response.statusCode = 404; response.end('none'); });
    await assert.rejects(load(module, { weights: none }), /answers 404/);
    const broken = await serve(t, (_, response) => {
        response.writeHead(200, { 'content-length': weights.length });
        response.write(weights.subarray(0, 30000), () => response.destroy());
    });
    await assert.rejects(load(module, { weights: broken }));
});

test('the weights lie in memory once', async () => {
    const m = await load(module);
    assert.ok(m.inputs.image.buffer.byteLength < weights.length + 12288 + 64 * 1024 + 2 * 65536);
});

test('a program of another build than the script is refused by its weights', async () => {
    const foreign = fs.readFileSync(path.join(modules, 'parts/parts.wasm'));
    await assert.rejects(load(foreign));
});

test('at half size: half the bytes, nearly the same results, refused alike', async () => {
    const { file: fileOf, load: loadHalves } = await open('halves');
    const bytes = fs.readFileSync(fileOf('.bin'));
    const program = fs.readFileSync(path.join(modules, 'halves/halves.wasm'));
    assert.ok(bytes.length < 0.55 * weights.length);
    for (const source of [bytes, pieces(bytes)]) {
        const { probabilities } = (await loadHalves(program, { weights: source })).run({ image });
        assert.ok(probabilities.every((value, i) => Math.abs(value - expected[i]) < 2e-3));
        assert.ok(probabilities.some((value, i) => value !== expected[i]));
    }
    bytes[20000] ^= 1;
    await assert.rejects(loadHalves(program, { weights: bytes }), /halves: the weights are corrupted/);
});
