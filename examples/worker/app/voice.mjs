// Whether somebody speaks: audio comes piece by piece, each with the session that it goes on with. A session is a Durable
// Object, which holds what the network remembers (its snapshot) and the samples that did not fill a window yet. Between two
// pieces both lie in the object's storage, so a session outlives its isolate. All sessions of an isolate share one instance.
import { load } from './models/voice/voice.workers.mjs';
import { allow, answer, bytes, contentType, once, Refusal, respond, Timing } from './http.mjs';

const rate = 16000;
const context = 64;   // samples before a window that the network sees again
const step = 512;     // samples that a window goes on by
const mostBytes = 128 << 10;
const keptFor = 10 * 60 * 1000;

let model;
const loadedModel = once(async () => model = await load());

/** A session that heard nothing. */
const fresh = () => ({ windows: 0, rest: new Float32Array(context) });

/** The body's samples, from -1 to 1. */
function samples(data, format) {
    if (format === 's16' && data.length % 2 === 0) {
        const view = new DataView(data.buffer, data.byteOffset, data.length);
        return Float32Array.from({ length: data.length / 2 }, (_, i) => view.getInt16(2 * i, true) / 32768);
    }
    if (format === 'f32' && data.length % 4 === 0) {
        const values = new Float32Array(data.slice().buffer);
        // One of these would stay in the network's state for good.
        if (!values.every(Number.isFinite)) throw new Refusal(400, 'a sample is no number');
        return values.map((value) => Math.max(-1, Math.min(1, value)));
    }
    throw new Refusal(400, `?format= is s16 or f32, little endian, and the body whole samples`);
}

export class Voice {
    #storage;
    #session;

    constructor(context) {
        this.#storage = context.storage;
        // No request is looked at before what it goes on with is there.
        context.blockConcurrencyWhile(async () => {
            this.#session = await this.#storage.get('session') ?? fresh();
        });
    }

    async fetch(request) {
        return respond(() => (request.method === 'DELETE' ? this.#end() : this.#hear(request)));
    }

    /** Nobody came back: what was remembered goes. */
    async alarm() {
        await this.#end();
    }

    async #end() {
        this.#session = fresh();
        await this.#storage.deleteAlarm();
        await this.#storage.deleteAll();
        return answer({ ended: true });
    }

    async #hear(request) {
        const format = new URL(request.url).searchParams.get('format') ?? 's16';
        const heard = samples(await bytes(request, mostBytes), format);
        const timing = new Timing();
        const network = await loadedModel();
        timing.mark('load');

        // From here to the next await no other request and no other session runs.
        const session = this.#session;
        const audio = new Float32Array(session.rest.length + heard.length);
        audio.set(session.rest);
        audio.set(heard, session.rest.length);
        session.snapshot ? network.restore(session.snapshot) : network.reset();
        const speech = [];
        let at = 0;
        for (; at + context + step <= audio.length; at += step) {
            network.inputs.input.set(audio.subarray(at, at + context + step));
            network.run();
            speech.push(network.outputs.output[0]);
        }
        const first = session.windows;
        this.#session = { windows: first + speech.length, rest: audio.slice(at), snapshot: network.snapshot() };
        timing.mark('model');

        await Promise.all([this.#storage.put('session', this.#session), this.#storage.setAlarm(Date.now() + keptFor)]);
        timing.mark('store');
        return answer({ seconds: first * step / rate, window: step / rate, speech }, timing);
    }
}

/** /voice/SESSION: POST goes on with it, DELETE ends it. */
export async function voiceRoute(request, url, env) {
    allow(request, 'POST', 'DELETE');
    const session = url.pathname.slice('/voice/'.length);
    if (!/^[A-Za-z0-9-]{8,64}$/.test(session)) throw new Refusal(400, 'a session is called by 8 to 64 letters, digits and dashes');
    if (request.method === 'POST') contentType(request, 'application/octet-stream');
    return env.VOICE.get(env.VOICE.idFromName(session)).fetch(request);
}

/** Bytes of linear memory that the network holds. */
export function voiceMemory() {
    return model?.outputs.output.buffer.byteLength ?? 0;
}
