// What the Worker must answer wherever it runs: answers(ask) with fetch's own face.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { digits, source } from '../module/support.mjs';
import { corners, digitPixels, digitPng, facesJpeg, facesPng, found, post, raw, sound, staged } from './support.mjs';

const json = async (response) => {
    assert.equal(response.status, 200, await response.clone().text());
    return response.json();
};

/** A network of the Worker's, here. */
async function model(name) {
    const folder = path.join(staged, 'models', name);
    const { load } = await import(pathToFileURL(path.join(folder, `${name}.mjs`)));
    const weights = fs.readdirSync(folder).find((file) => file.endsWith('.bin'));
    return load(fs.readFileSync(path.join(folder, `${name}.wasm`)), { weights: fs.readFileSync(path.join(folder, weights)) });
}

async function pictures(ask) {
    const response = await ask('/faces', post('image/png', facesPng));
    assert.match(response.headers.get('server-timing'), /^load;dur=[\d.]+, decode;dur=[\d.]+, fit;dur=[\d.]+, model;dur=[\d.]+, read;dur=[\d.]+$/);
    const { width, height, ...rest } = await json(response);
    assert.deepEqual([width, height, corners(rest)], [320, 240, found]);
    for (const kind of ['', '_progressive']) {
        const boxes = corners(await json(await ask('/faces', post('image/jpeg; x=y', facesJpeg(kind)))));
        assert.equal(boxes.length, found.length);
        boxes.sort(([a], [b]) => a - b).forEach((box, i) => box.forEach((value, k) => {
            assert(Math.abs(value - [...found].sort(([a], [b]) => a - b)[i][k]) < 6, `${kind} ${boxes}`);
        }));
    }
    assert.deepEqual((await json(await ask('/faces?width=10&height=20', post(raw, new Uint8Array(600))))).faces, []);
}

async function numbers(ask) {
    const network = await model('digits');
    for (const [i, image] of digits(60).entries()) {
        const { probabilities: expected } = network.run({ image });
        const { digit, probabilities } = await json(await ask('/digit?width=8&height=8', post(raw, digitPixels(image))));
        assert.equal(digit, expected.indexOf(Math.max(...expected)));
        probabilities.forEach((value, k) => assert(Math.abs(value - expected[k]) < 0.1, `${probabilities} ${expected}`));
        if (i < 10) assert.equal((await json(await ask('/digit', post('image/png', digitPng(image))))).digit, digit);
    }
}

/** What the voice's module itself says to each window. */
async function expectedSpeech(audio) {
    const network = await model('voice');
    const padded = new Float32Array(64 + audio.length);
    padded.set(audio, 64);
    const speech = [];
    for (let at = 0; at + 576 <= padded.length; at += 512) speech.push(network.run({ input: padded.slice(at, at + 576) }).output[0]);
    return speech;
}

async function voices(ask) {
    const sounds = [sound(1, 1), sound(1, 5)];
    const heard = [[], []];
    // Two sessions in turns, in pieces that fill no window.
    for (let at = 0; at < 16000; at += 700) {
        for (const [i, audio] of sounds.entries()) {
            const piece = audio.slice(at, at + 700);
            const { speech, seconds } = await json(await ask(`/voice/session-${i}?format=f32`, post(raw, new Uint8Array(piece.buffer))));
            assert.equal(seconds, heard[i].length * 512 / 16000);
            heard[i].push(...speech);
        }
    }
    assert.deepEqual(heard[0], await expectedSpeech(sounds[0]));
    assert.deepEqual(heard[1], await expectedSpeech(sounds[1]));
    assert.notDeepEqual(heard[0], heard[1]);
    // Pieces that arrive together are heard one after the other.
    const together = Array.from({ length: 12 }, () => ask('/voice/session-all', post(raw, new Uint8Array(1024))));
    const starts = await Promise.all(together.map(async (answer) => (await json(await answer)).seconds));
    assert.deepEqual(starts.sort((a, b) => a - b), starts.map((_, i) => i * 512 / 16000));
    // Another begins from nothing, and so does one that was ended.
    const words = new Uint8Array(Int16Array.from(sounds[0].slice(0, 2048), (value) => value * 32767).buffer);
    const { speech: fresh } = await json(await ask('/voice/session-2', post(raw, words)));
    const { speech: on } = await json(await ask('/voice/session-2', post(raw, words)));
    assert.notDeepEqual(on, fresh);
    await json(await ask('/voice/session-2', { method: 'DELETE' }));
    assert.deepEqual((await json(await ask('/voice/session-2', post(raw, words)))).speech, fresh);
}

async function health(ask) {
    const { status, version, models } = await json(await ask('/health'));
    assert.deepEqual([status, version], ['ok', '1.0.0']);
    for (const [name, { sha256, version: of }] of Object.entries(models)) {
        const manifest = JSON.parse(fs.readFileSync(path.join(staged, 'models', name, 'manifest.json'), 'utf8'));
        assert.deepEqual([sha256, of], [manifest.model.sha256, manifest.version]);
    }
    assert.deepEqual(Object.keys(models), ['digits', 'faces', 'voice']);
}

export async function answers(ask) {
    await health(ask);
    await pictures(ask);
    await numbers(ask);
    await voices(ask);
}
