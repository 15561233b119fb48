// Kernels stay functions of their own through all of `em++ -O3`: inlined into a network's steps, V8 keeps their sums in memory.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { open } from './support.mjs';

const { file } = await open('digits');

/** The bodies of a program's functions. */
function bodies(bytes) {
    let at = 8;
    const number = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
            const byte = bytes[at++];
            value += (byte & 127) * 2 ** shift;
            if (byte < 128) return value;
        }
    };
    const codeSection = 10;
    while (at < bytes.length) {
        const id = bytes[at++];
        const end = number() + at;
        if (id === codeSection) {
            return Array.from({ length: number() }, () => {
                const size = number();
                at += size;
                return bytes.subarray(at - size, at);
            });
        }
        at = end;
    }
    throw new Error('the program has no code');
}

const multiply = Buffer.from([0xfd, 0xe6, 0x01]); // f32x4.mul

/** How many of its bytes begin a multiplication: other instructions' immediates hardly ever look like one. */
function multiplications(body) {
    let count = 0;
    for (let at = body.indexOf(multiply); at >= 0; at = body.indexOf(multiply, at + 1)) ++count;
    return count;
}

test('tiles of products are small functions of their own', () => {
    const kernels = bodies(fs.readFileSync(file('digits.wasm'))).filter((body) => body.length < 1000 && multiplications(body) >= 8);
    assert.ok(kernels.length >= 2, `there are ${kernels.length}`);
});
