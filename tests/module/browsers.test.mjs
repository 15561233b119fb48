// Modules in Chromium and Firefox: the same bits as in Node, and the life of cached weights.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hasBrowser, launch, serve } from './browser.mjs';
import { digits, open } from './support.mjs';

const { folder, file, load } = await open('digits');
const weightsFile = path.basename(file('.bin'));
const pictures = digits(10).map((image) => [...image]);

/** What the page's module gives for the pictures, and how often it told of progress. */
const runInPage = (page, source) => page.evaluate(async (images, from) => {
    const { load: start } = await import('/digits.mjs');
    let told = 0;
    const m = await start(from ? fetch(from) : undefined, { onProgress: (loaded, total) => { told = loaded / total; } });
    return { results: images.map((image) => [...m.run({ image: Float32Array.from(image) }).probabilities]), told };
}, pictures, source ?? null);

const cached = (page) => page.evaluate(async () => {
    const found = [];
    for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) found.push(url);
    return found;
});

for (const name of ['chromium', 'firefox']) {
    const options = { skip: !hasBrowser(name) };

    test(`${name}: the bits of Node`, options, async (t) => {
        const browser = await launch(t, name);
        const m = await load(fs.readFileSync(file('digits.wasm')));
        const expected = pictures.map((image) => [...m.run({ image: Float32Array.from(image) }).probabilities]);
        for (const isolated of [false, true]) {
            // Nothing is evaluated from text either: the page may not.
            const policy = (_, response) => void response.setHeader('content-security-policy', "script-src 'self' 'wasm-unsafe-eval'");
            const { url } = await serve(t, folder, { isolated, answer: isolated ? policy : undefined });
            const page = await browser.newPage();
            await page.goto(url);
            const { results, told } = await runInPage(page, '/digits.wasm');
            assert.deepEqual(results, expected);
            assert.equal(told, 1);
            // Which of the two it takes by itself, it says by the file that it asks for.
            const { results: own } = await runInPage(page);
            assert.ok(own.flat().every((value, i) => Math.abs(value - expected.flat()[i]) < 1e-5));
        }
    });

    test(`${name}: weights are kept by their hash, checked, and replaced`, options, async (t) => {
        const browser = await launch(t, name);
        let broken = true;
        const bytes = fs.readFileSync(file('.bin'));
        const { url, hits } = await serve(t, folder, {
            answer(asked, response) {
                if (asked !== `/${weightsFile}` || !broken) return false;
                response.setHeader('content-length', bytes.length);
                response.write(bytes.subarray(0, 20000), () => response.destroy());
                return true;
            },
        });
        const page = await browser.newPage();
        await page.goto(url);
        // A download that breaks off leaves nothing.
        await assert.rejects(runInPage(page));
        assert.deepEqual(await cached(page), []);
        broken = false;
        const before = hits[`/${weightsFile}`];
        // An older version's goes, the new one stays, and serves the next visit.
        await page.evaluate(async () => (await caches.open('wasminfer digits: ')).put('https://wasminfer.invalid/digits.weights-old.bin', new Response('old')));
        const { results } = await runInPage(page);
        assert.deepEqual(await cached(page), [`https://wasminfer.invalid/${weightsFile}`]);
        await page.goto(url);
        assert.deepEqual((await runInPage(page)).results, results);
        assert.equal(hits[`/${weightsFile}`], before + 1);
        // One that was changed where it lay is fetched again.
        await page.evaluate(async (key) => {
            const cache = await caches.open('wasminfer digits: ');
            const content = new Uint8Array(await (await cache.match(key)).arrayBuffer());
            content[30000] ^= 1;
            await cache.put(key, new Response(content));
        }, `https://wasminfer.invalid/${weightsFile}`);
        assert.deepEqual((await runInPage(page)).results, results);
        assert.deepEqual((await runInPage(page)).results, results);
        assert.equal(hits[`/${weightsFile}`], before + 2);
    });

    test(`${name}: in a worker, with the page's compiled module`, options, async (t) => {
        const browser = await launch(t, name);
        const { url } = await serve(t, folder);
        const page = await browser.newPage();
        await page.goto(url);
        const [here, there] = await page.evaluate(async (image) => {
            const { load: start } = await import('/digits.mjs');
            const m = await start();
            const script = `import { load } from '${location.origin}/digits.mjs';
                onmessage = async ({ data: { module, image } }) => postMessage((await load(module)).run({ image }).probabilities);`;
            const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), { type: 'module' });
            const pixels = Float32Array.from(image);
            const answer = new Promise((resolve, reject) => {
                worker.onmessage = ({ data }) => resolve([...data]);
                worker.onerror = ({ message }) => reject(new Error(message));
            });
            worker.postMessage({ module: m.module, image: pixels });
            return [[...m.run({ image: pixels }).probabilities], await answer];
        }, pictures[0]);
        assert.deepEqual(there, here);
    });
}
