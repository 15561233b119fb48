// What is in a picture: faces, or a digit. One instance of each network and of the decoder serves all requests of an isolate:
// between a picture's arrival and its answer nothing waits, so no other request comes between.
import program from './picture.wasm';
import { load as loadDigits } from './models/digits/digits.workers.mjs';
import { load as loadFaces } from './models/faces/faces.workers.mjs';
import { allow, answer, bytes, contentType, once, Refusal, Timing } from './http.mjs';

const mostBytes = 4 << 20;
const rawType = 'application/octet-stream';

/** By the number that read_file() or read_pixels() gives. */
const refusals = [
    null,
    [422, 'this is no PNG or JPEG'],
    [413, 'the picture is too large: at most 4 megapixels, 8192 a side, 100 scans'],
    [422, 'the picture is broken, or its bytes are not 3 a pixel'],
];

let decoder;
function freshDecoder() {
    const { exports } = new WebAssembly.Instance(program, { env: { emscripten_notify_memory_growth() {} } });
    exports._initialize();
    return exports;
}

/** Runs f with the decoder; one that a broken file brought to a trap is thrown away with its memory. */
function withDecoder(f) {
    decoder ??= freshDecoder();
    try {
        return f(decoder);
    } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        decoder = undefined;
        throw new Refusal(...refusals[3]);
    }
}

function readPicture(type, query, data) {
    const place = decoder.body(data.length);
    if (!place) throw new Refusal(...refusals[2]);
    new Uint8Array(decoder.memory.buffer, place, data.length).set(data);
    const size = (name) => {
        const text = query.get(name) ?? '';
        if (!/^[0-9]{1,5}$/.test(text)) throw new Refusal(400, `pixels want ?width= and &height=, and ${name} is no number`);
        return Number(text);
    };
    const status = type === rawType ? decoder.read_pixels(size('width'), size('height')) : decoder.read_file();
    if (status) throw new Refusal(...refusals[status]);
    return { width: decoder.width(), height: decoder.height() };
}

let faces;
const loadedFaces = once(async () => faces = await loadFaces());
async function findFaces() {
    const model = await loadedFaces();
    return (timing) => {
        const input = model.inputs['input:0'];
        input.set(new Uint8Array(decoder.memory.buffer, decoder.faces_input(), input.length));
        timing.mark('fit');
        model.run();
        timing.mark('model');
        let at = decoder.candidates();
        for (const name of ['Identity:0', 'Identity_1:0', 'Identity_2:0', 'Identity_3:0']) {
            const output = model.outputs[name];
            new Float32Array(decoder.memory.buffer, at, output.length).set(output);
            at += output.byteLength;
        }
        const count = decoder.find_faces();
        const boxes = new Float32Array(decoder.memory.buffer, decoder.found(), 5 * count);
        return {
            faces: Array.from({ length: count }, (_, i) => {
                const [left, top, right, bottom, logit] = boxes.subarray(5 * i, 5 * i + 5);
                return { left, top, right, bottom, sure: 1 / (1 + Math.exp(-logit)) };
            }),
        };
    };
}

let digits;
const loadedDigits = once(async () => digits = await loadDigits());
async function readDigit() {
    const model = await loadedDigits();
    return (timing) => {
        model.inputs.image.set(new Float32Array(decoder.memory.buffer, decoder.digit_input(), 64));
        timing.mark('fit');
        model.run();
        timing.mark('model');
        const probabilities = [...model.outputs.probabilities];
        return { digit: probabilities.indexOf(Math.max(...probabilities)), probabilities };
    };
}

async function look(request, url, network) {
    allow(request, 'POST');
    const type = contentType(request, 'image/png', 'image/jpeg', rawType);
    const data = await bytes(request, mostBytes);
    const timing = new Timing();
    const run = await network();
    timing.mark('load');
    return withDecoder(() => {
        const size = readPicture(type, url.searchParams, data);
        timing.mark('decode');
        const found = run(timing);
        timing.mark('read');
        return answer({ ...size, ...found }, timing);
    });
}

export const facesRoute = (request, url) => look(request, url, findFaces);
export const digitRoute = (request, url) => look(request, url, readDigit);

/** Bytes of linear memory that the decoder and the networks hold. */
export function pictureMemory() {
    const buffers = [decoder?.memory.buffer, faces?.outputs['Identity:0'].buffer, digits?.outputs.probabilities.buffer];
    return buffers.reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0);
}
