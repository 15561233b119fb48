// The README's lines of JavaScript, run as they stand but for where the module is.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { digits, open, source, temporaryFolder } from './support.mjs';

test('the README’s module reads a digit', async (t) => {
    const [, code] = /^### Without C\+\+: a module\n[^]*?```js\n([^]*?)^```$/m.exec(fs.readFileSync(path.join(source, 'README.md'), 'utf8'));
    const { folder, load } = await open('digits');
    const [pixels] = digits(1);
    const file = path.join(temporaryFolder(t), 'readme.mjs');
    fs.writeFileSync(file, `const { pixels, use } = globalThis.given;\n${code.replace("'digits'", `'${pathToFileURL(path.join(folder, 'digits.mjs'))}'`)}`);
    let used;
    globalThis.given = { pixels, use: (probabilities) => { used = [...probabilities]; } };
    await import(pathToFileURL(file));
    assert.deepEqual(used, [...(await load()).run({ image: pixels }).probabilities]);
});
