// The page in Chromium and Firefox: a digit is drawn and read, faces are found, the audio thread hears. PAGE_SITE is its folder.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hasBrowser, launch, serve } from '../../tests/module/browser.mjs';

const { PAGE_SITE: site, PAGE_SCREENSHOTS: screenshots } = process.env;
const arc = (x, y, rx, ry, from, to) => Array.from({ length: 25 }, (_, i) => {
    const turn = 2 * Math.PI * (from + ((to - from) * i) / 24);
    return [x + rx * Math.sin(turn), y - ry * Math.cos(turn)];
});
const strokes = {
    0: arc(0.5, 0.5, 0.22, 0.36, 0, 1),
    2: [...arc(0.5, 0.32, 0.2, 0.2, -0.2, 0.35), [0.3, 0.86], [0.75, 0.86]],
    3: [...arc(0.45, 0.32, 0.2, 0.18, -0.15, 0.5), ...arc(0.45, 0.68, 0.22, 0.18, 0, 0.6)],
};

const textOf = (page, id) => page.$eval(`#${id}`, (element) => element.textContent);
const until = (page, id, pattern) => page.waitForFunction((of, source) => new RegExp(source).test(document.getElementById(of).textContent), { timeout: 20000 }, id, pattern);

async function draw(page, points) {
    const pad = await page.$('#pad');
    await pad.scrollIntoView();
    const { x, y, width } = await pad.boundingBox();
    for (const [i, [right, down]] of points.entries()) {
        await page.mouse.move(x + right * width, y + down * width);
        if (i === 0) await page.mouse.down();
    }
    await page.mouse.up();
}

for (const name of ['chromium', 'firefox']) {
    test(name, { skip: !hasBrowser(name) }, async (t) => {
        const browser = await launch(t, name);
        const { url, hits } = await serve(t, site);
        const page = await browser.newPage();
        const errors = [];
        page.on('pageerror', (error) => errors.push(String(error)));
        await page.setViewport({ width: 1100, height: 900 });
        await page.goto(url);
        await until(page, 'digits-facts', 'ready');

        await t.test('a digit is drawn and read', async () => {
            for (const [digit, points] of Object.entries(strokes)) {
                await page.click('#clear');
                assert.equal(await textOf(page, 'digit'), '');
                await draw(page, points);
                await until(page, 'digit', `^${digit}, `);
            }
            const widths = await page.$$eval('#bars b', (bars) => bars.map(({ style }) => parseFloat(style.width)));
            assert.equal(widths.indexOf(Math.max(...widths)), 3);
            assert.match(await textOf(page, 'digits-facts'), /^\d+\.\d KB loaded, ready in \d+ ms; \d+ µs a run$/);
        });

        await t.test('by keys', async () => {
            await page.click('#clear');
            await page.focus('#pad');
            for (const key of [...Array(11).fill('ArrowUp'), ' ', ...Array(22).fill('ArrowDown')]) await page.keyboard.press(key);
            await until(page, 'digit', '^1, ');
        });

        await t.test('faces are found', async () => {
            await until(page, 'found', '^3 faces');
            const file = await page.$('#file');
            await file.uploadFile(path.join(site, 'faces.png'));
            await until(page, 'found', '^3 faces');
        });

        await t.test('the audio thread hears', async () => {
            await page.click('#buzz');
            // A browser without any sound device gets as far as the detector in the audio thread, and its clock stands still.
            await until(page, 'voice-facts', name === 'chromium' ? '[1-9][0-9] windows of 32 ms heard' : 'loaded, ready in');
        });

        await t.test('the game runs in its frame', async () => {
            await until(page, 'game-facts', 'loaded, weights included, ready in');
            assert.ok(hits['/game/game.wasm'] >= 1);
            await page.click('#game');
            const frame = await (await page.$('#game')).contentFrame();
            await frame.waitForFunction(() => document.body.dataset.state === 'playing', { timeout: 20000 });
            // The keys are the game's from then on.
            assert.equal(await page.evaluate(() => document.activeElement.id), 'game');
        });

        await t.test('on a phone nothing is wider than the screen, in the light and in the dark', async () => {
            for (const [width, scheme] of [[390, 'light'], [390, 'dark'], [1100, 'light'], [1100, 'dark']]) {
                await page.setViewport({ width, height: 844 });
                if (name === 'chromium') await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
                assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
                const [back, text] = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
                const light = (colour) => /\d+/.exec(colour)[0] > 128;
                assert.notEqual(light(back), light(text));
                if (name === 'chromium') assert.equal(light(back), scheme === 'light');
                if (screenshots) {
                    fs.mkdirSync(screenshots, { recursive: true });
                    await page.screenshot({ path: path.join(screenshots, `${name}-${width}-${scheme}.png`), fullPage: true });
                }
            }
        });
        assert.deepEqual(errors, []);
    });
}
