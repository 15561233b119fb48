// The Worker that the README shows, in workerd.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { digits, source, temporaryFolder } from '../module/support.mjs';
import { post, raw, staged, start, workerd } from './support.mjs';

test('the README\'s Worker reads digits', { skip: !workerd }, async (t) => {
    const place = temporaryFolder(t);
    const [, code] = /^### A Worker\n\n```js\n([^]*?)^```$/m.exec(fs.readFileSync(path.join(source, 'README.md'), 'utf8'));
    fs.cpSync(path.join(staged, 'models/digits'), place, { recursive: true });
    fs.writeFileSync(path.join(place, 'worker.mjs'), code);
    fs.writeFileSync(path.join(place, 'wrangler.toml'), 'compatibility_date = "2026-04-01"\n');
    const { ask } = await start(t, place);
    const labels = fs.readFileSync(path.join(source, 'examples/digits/digits_test.bin'));
    for (const [i, image] of digits(5).entries()) {
        const probabilities = await (await ask('/', post(raw, new Uint8Array(image.buffer)))).json();
        assert.equal(probabilities.indexOf(Math.max(...probabilities)), labels[i * 65 + 64]);
    }
});
