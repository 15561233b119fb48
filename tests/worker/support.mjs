// What the tests of examples/worker share: pictures, and the Worker under workerd.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { freePort, platform, source } from '../module/support.mjs';

export const worker = process.env.WORKER;  // where CMakeLists.txt has tools/pipeline stage it
export const staged = path.join(worker, 'current');
export const { modules, serve } = await import(pathToFileURL(path.join(source, 'examples/worker/serve.mjs')));
export const workerd = platform('@cloudflare', 'workerd-linux-64', 'bin', 'workerd');
export const raw = 'application/octet-stream';

/** What examples/faces finds in its picture. */
export const found = [[159, 98, 222, 161], [245, 82, 295, 133], [37, 75, 121, 160]];
export const facesPng = fs.readFileSync(path.join(source, 'examples/faces/faces.png'));
export const facesJpeg = (kind = '') => fs.readFileSync(path.join(source, `tests/worker/faces${kind}.jpg`));
export const corners = ({ faces }) => faces.map(({ left, top, right, bottom }) => [left, top, right, bottom].map(Math.round));

function chunk(type, data) {
    const all = Buffer.alloc(data.length + 12);
    all.writeUInt32BE(data.length);
    all.write(type, 4);
    data.copy(all, 8);
    all.writeUInt32BE(zlib.crc32(all.subarray(4, -4)), all.length - 4);
    return all;
}

/** A PNG of gray bytes; `pixels` may be anything, which makes it a broken one. */
export function png(width, height, pixels) {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width);
    header.writeUInt32BE(height, 4);
    header[8] = 8;
    return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', zlib.deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

/** A picture of 80 x 80 pixels out of examples/digits' 64 numbers from 0 to 16. */
export function digitPng(image) {
    const rows = Array.from({ length: 80 }, (_, y) => [0, ...Array.from({ length: 80 }, (_, x) => Math.round(image[(y / 10 | 0) * 8 + (x / 10 | 0)] * 255 / 16))]);
    return png(80, 80, Buffer.from(rows.flat()));
}

/** The same as 8 x 8 pixels of three bytes each. */
export const digitPixels = (image) => Buffer.from([...image].flatMap((value) => Array(3).fill(Math.round(value * 255 / 16))));

/** Some seconds of a voice-like sound, the same every time. */
export function sound(seconds, seed = 1) {
    return Float32Array.from({ length: 16000 * seconds }, (_, i) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        const t = i / 16000;
        return 0.3 * Math.sin(2 * Math.PI * 140 * t) * Math.max(0, Math.sin(2 * Math.PI * 3 * t)) + 0.1 * (seed / 2147483648 - 0.5);
    });
}

/** The Worker in workerd, ready: {ask(path, options), pid}. */
export async function start(t, folder, v8Flags) {
    const port = await freePort();
    const server = serve(workerd, folder, port, v8Flags);
    t.after(() => server.kill());
    const ask = (route, options) => fetch(`http://127.0.0.1:${port}${route}`, options);
    for (let tries = 0; ; ++tries) {
        try {
            await (await ask('/health')).text();
            return { ask, pid: server.pid };
        } catch (error) {
            if (tries === 200) throw error;
            await new Promise((later) => setTimeout(later, 50));
        }
    }
}

export const post = (type, body) => ({ method: 'POST', headers: { 'content-type': type }, body });
