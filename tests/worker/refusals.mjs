// What the Worker must refuse, each by a status of its own and never by a 5xx: refusals(ask) with fetch's own face.
import assert from 'node:assert/strict';
import { facesJpeg, facesPng, png, post, raw } from './support.mjs';

/** A JPEG whose frame announces these sizes. */
function resized(jpeg, width, height) {
    const file = Buffer.from(jpeg);
    const frame = file.findIndex((byte, i) => byte === 0xff && (file[i + 1] === 0xc0 || file[i + 1] === 0xc2));
    file.writeUInt16BE(height, frame + 5);
    file.writeUInt16BE(width, frame + 7);
    return file;
}

/** A progressive JPEG with its last scan again and again. */
function repeated(jpeg, times) {
    const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
    return Buffer.concat([jpeg.subarray(0, -2), ...Array(times).fill(scan), jpeg.subarray(-2)]);
}

const nan = new Uint8Array(Float32Array.of(0, NaN).buffer);
const table = [
    ['no such route', 404, '/', {}],
    ['a picture is posted', 405, '/faces', {}],
    ['health is asked for', 405, '/health', post(raw, new Uint8Array(1))],
    ['another type', 415, '/faces', post('image/gif', facesPng)],
    ['no type', 415, '/digit', { method: 'POST', body: new Uint8Array(9) }],
    ['another type of audio', 415, '/voice/session-x', post('audio/mpeg', new Uint8Array(9))],
    ['a body of 5 MB', 413, '/faces', post('image/png', new Uint8Array(5 << 20))],
    ['10 seconds of audio', 413, '/voice/session-x', post(raw, new Uint8Array(640000))],
    ['no body', 422, '/faces', post('image/png', new Uint8Array(0))],
    ['bytes that are no picture', 422, '/faces', post('image/png', Buffer.from('This is no picture.'))],
    ['half a PNG', 422, '/faces', post('image/png', facesPng.subarray(0, facesPng.length / 2))],
    ['raw pixels without sizes', 400, '/faces', post(raw, new Uint8Array(300))],
    ['raw pixels of other sizes', 422, '/faces?width=10&height=11', post(raw, new Uint8Array(300))],
    ['raw pixels of no size', 422, '/faces?width=0&height=0', post(raw, new Uint8Array(300))],
    ['sizes whose product overflows', 413, '/faces?width=65536&height=65536', post(raw, new Uint8Array(300))],
    ['a PNG of 60000 x 60000', 413, '/faces', post('image/png', png(60000, 60000, Buffer.alloc(1000)))],
    ['a PNG of 9 megapixels', 413, '/digit', post('image/png', png(3000, 3000, Buffer.alloc(9003000)))],
    ['a PNG that ends too early', 422, '/faces', post('image/png', png(2000, 2000, Buffer.alloc(1000)))],
    ['a JPEG of 65000 x 65000', 413, '/faces', post('image/jpeg', resized(facesJpeg(), 65000, 65000))],
    ['a JPEG of 1,000 scans', 413, '/faces', post('image/jpeg', repeated(facesJpeg('_progressive'), 1000))],
    ['half a sample', 400, '/voice/session-x', post(raw, new Uint8Array(3))],
    ['a sample that is no number', 400, '/voice/session-x?format=f32', post(raw, nan)],
    ['an unknown format', 400, '/voice/session-x?format=mp3', post(raw, nan)],
    ['a session without a name', 400, '/voice/', post(raw, nan)],
];

export async function refusals(ask) {
    // What inflates takes no more memory than its header explains.
    const memory = async () => (await (await ask('/health')).json()).memory;
    const before = await memory();
    const bomb = await ask('/faces', post('image/png', png(64, 64, Buffer.alloc(256 << 20))));
    assert.equal(bomb.status, 422);
    assert(await memory() < before + (4 << 20), `${before} -> ${await memory()}`);
    for (const [what, status, route, options] of table) {
        const response = await ask(route, options);
        const text = await response.text();
        assert.equal(response.status, status, `${what}: ${text}`);
        assert.match(JSON.parse(text).error, /\w/, what);
    }
    assert.equal((await ask('/faces', { method: 'PUT', body: 'x' })).headers.get('allow'), 'POST');
    // A length that nobody announced is counted.
    let left = 80;
    const unannounced = new ReadableStream({ pull: (to) => (left-- > 0 ? to.enqueue(new Uint8Array(1 << 16)) : to.close()) });
    assert.equal((await ask('/faces', { ...post('image/png', unannounced), duplex: 'half' })).status, 413);
}

/** Bytes of pictures changed here and there: an answer or a refusal. */
export async function broken(ask, count) {
    let seed = 7;
    const random = (below) => (seed = (seed * 16807) % 2147483647) % below;
    const statuses = new Set();
    for (let i = 0; i < count; ++i) {
        const file = Buffer.from([facesPng, facesJpeg(), facesJpeg('_progressive')][i % 3]);
        for (let k = 1 + random(8); k > 0; --k) file[random(i % 2 ? 300 : file.length)] = random(256);
        const response = await ask('/faces', post(i % 3 ? 'image/jpeg' : 'image/png', file));
        const text = await response.text();
        assert([200, 413, 422].includes(response.status), `${i}: ${response.status} ${text}`);
        statuses.add(response.status);
    }
    assert.deepEqual([...statuses].sort(), [200, 413, 422]);
}
