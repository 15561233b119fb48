// A Worker around a module of `wasminfer module`: the inputs' bytes in, the outputs' out.
import face from './face.mjs';
import { load } from './model.workers.mjs';

let model;

export default {
    async fetch(request) {
        const body = await request.arrayBuffer();
        const { inputs, outputs, run } = await (model ??= load());
        for (const { name, at } of face.inputs) {
            const input = inputs[name];
            // One that was bound is no input any more.
            if (input) input.set(new input.constructor(body, at, input.length));
        }
        run();
        const all = new Uint8Array(face.bytes);
        for (const { name, at } of face.outputs) {
            const { buffer, byteOffset, byteLength } = outputs[name];
            all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
        }
        return new Response(all);
    },
};
