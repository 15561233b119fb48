// A voice detector in the browsers' audio threads, where there is no fetch, no URL, no TextDecoder, no performance.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hasBrowser, launch, serve } from './browser.mjs';
import { modules, open, temporaryFolder } from './support.mjs';

const frame = 512;
const context = 64;
const frames = 30;

/** Something like a voice: a buzz whose pitch and loudness wander, in noise. */
function sound() {
    let seed = 1;
    const noise = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32 - 0.5;
    return Float32Array.from({ length: frame * frames }, (_, i) => {
        const t = i / 16000;
        const pitch = 120 + 30 * Math.sin(5 * t);
        let voice = 0;
        for (let k = 1; k < 12; ++k) voice += Math.sin(2 * Math.PI * k * pitch * t) / k;
        return 0.15 * voice * Math.max(0, Math.sin(7 * t)) + 0.01 * noise();
    });
}

/** What both sides do with 512 new samples: they follow the last 64 of those before. */
const stepText = `(m, samples) => {
    const { input } = m.inputs;
    input.set(m.last ?? new Float32Array(${context}));
    input.set(samples, ${context});
    m.last = samples.slice(-${context});
    m.run();
    return m.outputs.output[0];
}`;
const step = eval(stepText);

const processor = `
import { load } from './silero.mjs';
const step = ${stepText};
registerProcessor('voice', class extends AudioWorkletProcessor {
    constructor({ processorOptions: { module, weights } }) {
        super();
        this.samples = new Float32Array(${frame});
        this.filled = 0;
        this.found = [];
        load(module, { weights }).then((m) => {
            this.m = m;
            this.bytes = m.inputs.input.buffer.byteLength;
            this.port.postMessage({ absent: ['fetch', 'URL', 'TextDecoder', 'performance'].filter((name) => !(name in globalThis)) });
        }, (error) => this.port.postMessage({ error: String(error) }));
    }
    process([[quantum]]) {
        if (!quantum) return true;
        this.samples.set(quantum, this.filled);
        this.filled += quantum.length;
        if (this.filled === ${frame}) {
            this.filled = 0;
            this.found.push(step(this.m, this.samples));
            if (this.found.length === ${frames}) this.port.postMessage({ found: this.found, grown: this.m.inputs.input.buffer.byteLength - this.bytes });
        }
        return true;
    }
});
`;

for (const name of ['chromium', 'firefox']) {
    test(`${name}: the audio thread finds what Node finds`, { skip: !hasBrowser(name) || !fs.existsSync(path.join(modules, 'silero')) }, async (t) => {
        const { folder, file, load } = await open('silero');
        const samples = sound();
        const m = await load();
        const expected = Array.from({ length: frames }, (_, i) => step(m, samples.subarray(i * frame, (i + 1) * frame)));
        assert.ok(Math.max(...expected) > 2 * Math.min(...expected));
        const place = temporaryFolder(t);
        fs.cpSync(folder, place, { recursive: true });
        fs.writeFileSync(path.join(place, 'processor.mjs'), processor);
        const { url } = await serve(t, place);
        const browser = await launch(t, name);
        const page = await browser.newPage();
        await page.goto(url);
        const { absent, found, grown } = await page.evaluate(async (sent, weightsUrl) => {
            const audio = new OfflineAudioContext(1, sent.length, 16000);
            await audio.audioWorklet.addModule('/processor.mjs');
            const bytes = async (from) => (await fetch(from)).arrayBuffer();
            const module = await WebAssembly.compile(await bytes('/silero.wasm'));
            const node = new AudioWorkletNode(audio, 'voice', { processorOptions: { module, weights: await bytes(weightsUrl) } });
            const told = [];
            let wake;
            node.port.onmessage = ({ data }) => { told.push(data); wake?.(); };
            const next = async () => {
                if (!told.length) await new Promise((resolve) => { wake = resolve; });
                const message = told.shift();
                if (message.error) throw new Error(message.error);
                return message;
            };
            const ready = await next();
            const buffer = audio.createBuffer(1, sent.length, 16000);
            buffer.copyToChannel(Float32Array.from(sent), 0);
            const source = new AudioBufferSourceNode(audio, { buffer });
            source.connect(node).connect(audio.destination);
            source.start();
            await audio.startRendering();
            return { ...ready, ...await next() };
        }, [...samples], `/${path.basename(file('.bin'))}`);
        assert.deepEqual(found, expected);
        assert.equal(grown, 0);
        assert.ok(absent.includes('fetch'));
        t.diagnostic(`absent: ${absent}; probabilities from ${Math.min(...found)} to ${Math.max(...found)}`);
    });
}
