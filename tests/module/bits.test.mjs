// The same bits everywhere, over a selection of models; bits.mjs does it for any.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bitsOf } from './bits.mjs';

for (const name of ['pytorch/pt_digits_cnn', 'models/mujoco_go1_policy']) {
    const folder = path.join(process.env.MODULES_MODELS, name);
    test(name, { skip: !fs.existsSync(folder) }, async (t) => {
        const bits = await bitsOf(folder);
        t.diagnostic(JSON.stringify(bits));
        assert.equal(new Set(Object.values(bits)).size, 1);
    });
}
