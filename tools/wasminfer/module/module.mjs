// What the script calls by a letter once it is printed, a sixth of its download: no keys, and nothing of the facts before it.
// Names with strokes between share a letter: no function sees two of them.
//#letters tensors tensor/input/output/step/size text/list/source/url/wanted/values/state product/found/all/before/reason/kept/file
//#letters dim/one buffer/status/cache/rest/error reader/piece/bytes/open nothing count wrong find isUrl files opened compile pieces
//#letters stream space receive receiveKept wasm instance places views view members solve axis model
const tensors = [...inputs, ...outputs];
tensors.forEach((tensor, i) => { tensor.i = i; });
const nothing = () => {};
const count = (dims) => dims.reduce((product, dim) => product * dim, 1);
const wrong = (text) => new TypeError(prefix + text);
const find = (list, name) => {
    const found = list.find((one) => one.name === name);
    if (!found) throw wrong(`there is no '${name}', but ${list.map((one) => one.name)}`);
    return found;
};
const isUrl = (source) => typeof source === 'string' || source.href !== undefined;
//#if node

// Node's, Deno's and Bun's file system, for URLs of files: fetch() knows none.
const files = (source) => isUrl(source) && `${source}`.startsWith('file:') && globalThis.process?.getBuiltinModule?.('node:fs');
//#end
//#if relaxed

// Whether relaxed SIMD is there and gives 2 * 3 + 4 by its product and sum, and four times 3 * 5 by its dot product.
function relaxed() {
    try {
        const bytes = atob('AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFwAAAKLQErAEED/Q9BBf0PQwAAAED9E0MAAEBA/RNDAACAQP0T/YUC/fgB/ZMC/RsACw==');
        return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes, (byte) => byte.charCodeAt()))).exports.p() === 70;
    } catch {
        return false;
    }
}
//#end
//#if opens

// What a source is, or what its URL answers.
async function opened(source) {
    source = await source;
//#if node
    if (files(source)) return source;
//#end
    if (isUrl(source)) source = await fetch(source);
    if (source.ok === false) throw new Error(`${prefix}${source.url} answers ${source.status}`);
    return source;
}
//#end
//#if compiles

async function compile(source) {
    source = await opened(source);
    if (source instanceof WebAssembly.Module) return source;
//#if node
    if (files(source)) source = files(source).readFileSync(new URL(source));
//#end
    return WebAssembly.compile(source.arrayBuffer ? await source.arrayBuffer() : source);
}
//#end
//#if weights

// The bytes of a source. What reads into a buffer of ours uses one again and again.
async function* pieces(source) {
//#if node
    const fs = files(source);
    if (fs) {
        const file = fs.openSync(new URL(source));
        const buffer = new Uint8Array(1 << 20);
        try {
            for (let read; (read = fs.readSync(file, buffer));) yield buffer.subarray(0, read);
        } finally {
            fs.closeSync(file);
        }
        return;
    }
//#end
    const stream = source.body ?? source;
    if (!stream.getReader) return yield new Uint8Array(source.buffer ?? source, source.byteOffset, source.byteLength);
    let reader, space;
    try {
        reader = stream.getReader({ mode: 'byob' });
        space = new Uint8Array(1 << 20);
    } catch {
        reader = stream.getReader();
    }
    try {
        for (;;) {
            const { done, value } = await reader.read(space);
            if (done) return;
            yield value;
            space &&= new Uint8Array(value.buffer);
        }
    } finally {
        reader.cancel().catch(nothing);
    }
}

// Brings the weights to their place in linear memory, without another copy, and refuses all but the right ones.
async function receive(wasm, source, onProgress) {
    const to = new Uint8Array(wasm.memory.buffer, wasm.weights(), weights.bytes);
    const { length } = to;
    let got = 0;
    for await (const piece of pieces(await opened(source))) {
        to.set(piece.subarray(0, length - got), got);
        got += piece.length;
        onProgress(Math.min(got, length), length);
        if (got > length) break;
    }
    const status = wasm.check();
    const reason = { 3: 'are no such file', 4: 'were made for another version of the runtime', 5: 'belong to another model' }[status]
        ?? (got < length ? `end after ${got} of ${length} bytes` : got > length ? `go on behind their ${length} bytes` : status && 'are corrupted');
    if (reason) throw new Error(`${prefix}the weights ${reason}`);
}
//#if web

// The same where they have a URL: the browser's cache holds what was checked, by its hash; what another version left goes.
async function receiveKept(wasm, url, onProgress) {
//#if node
    if (files(url)) return receive(wasm, url, onProgress);
//#end
    const cache = await (async () => caches.open(`wasminfer ${prefix}`))().catch(nothing);
    const key = `https://wasminfer.invalid/${weights.file}`;
    const kept = await cache?.match(key);
    if (kept) {
        try {
            return await receive(wasm, kept, onProgress);
        } catch {
            await cache.delete(key);
        }
    }
    await receive(wasm, url, onProgress);
    if (!cache) return;
    const bytes = new Uint8Array(wasm.memory.buffer, wasm.weights(), weights.bytes);
    let at = 0;
    const pull = (stream) => (at < bytes.length ? stream.enqueue(bytes.slice(at, at += 1 << 20)) : stream.close());
    try {
        for (const old of await cache.keys()) await cache.delete(old);
        await cache.put(key, new Response(new ReadableStream({ pull })));
    } catch {
        // No room, or not allowed: the next visit downloads again.
    }
}
//#end
//#end

function instance(module, wasm, places) {
    if (!places.length) throw new RangeError(prefix + 'no room is left for another instance; load(source, {instances}) reserves it');
    const at = places.shift();
    wasm.make(at);
    const views = [];
    const shape = ({ i, dims }) => dims.map((dim, axis) => (dim === +dim ? dim : wasm.extent(at, i, axis)));
    const view = (tensor) => {
        const { i } = tensor;
        const length = count(shape(tensor));
        if (views[i]?.length !== length) views[i] = new tensor.type(wasm.memory.buffer, wasm.data(at, i), length);
        return views[i];
    };
    const members = (list) => list.reduce((all, tensor) => Object.defineProperty(all, tensor.name, { get: () => view(tensor), enumerable: true }), {});
//#if free
    let sizes = Object.fromEntries(free.map((size) => [size.name, size.hi]));
//#if cache

    // The rows in each cache, as the program counts them.
    const grown = free.filter((size) => size.cached);
    const recount = () => {
        sizes = { ...sizes };
        grown.forEach((cache, i) => { sizes[cache.name] = wasm.rows(at, i, -1); });
    };
    const room = (is) => {
        if (!is) throw new RangeError(prefix + 'the cache has no room for more rows');
    };
    recount();
//#end
    // The sizes that inputs of these lengths have, as far as they tell.
    const solve = (values) => {
        const found = {};
        for (const { name, dims } of [...inputs, ...inputs]) {
            const open = dims.filter((dim) => dim in sizes && !(dim in found));
            if (!values[name] || !open.length || open.some((dim) => dim !== open[0])) continue;
            const rest = count(dims.map((dim) => (dim === open[0] ? 1 : found[dim] ?? dim)));
            const size = Math.round((values[name].length / rest) ** (1 / open.length));
            if (size ** open.length * rest === values[name].length) found[open[0]] = size;
        }
        return found;
    };
//#end
    const model = {
        module,
        inputs: members(inputs),
        outputs: members(outputs),
        run(values) {
//#if cache
            const once = () => {
                room(wasm.run(at));
                recount();
            };
            if (!values) return once();
//#else
            if (!values) return void wasm.run(at);
//#end
            for (const name in values) find(inputs, name);
//#if free
            const before = sizes;
            model.resize(solve(values));
            try {
//#end
            for (const input of inputs) {
                const value = values[input.name];
                const { length } = view(input);
                if (input.state && !value || value instanceof input.type && value.length === length) continue;
                throw wrong(`${input.name} takes a ${input.type.name} of ${length} elements [${shape(input)}], not ${value?.constructor.name} of ${value?.length}`);
            }
//#if free
            } catch (error) {
                model.resize(before);
                throw error;
            }
//#end
            for (const input of inputs) if (values[input.name]) view(input).set(values[input.name]);
//#if cache
            once();
//#else
            wasm.run(at);
//#end
            return Object.fromEntries(outputs.map((output) => [output.name, view(output).slice()]));
        },
        shape: (name) => shape(find(tensors, name)),
        another: () => instance(module, wasm, places),
//#if free
        get sizes() {
            return { ...sizes };
        },
        resize(wanted) {
            for (const name in wanted) find(free, name);
            const all = { ...sizes, ...wanted };
            for (const { name, lo, hi, multiple } of free) {
                const size = all[name];
//#if cache
                if (sizes[name] === size) continue;
//#end
                if (!Number.isInteger(size) || size < lo || size > hi || size % multiple) {
                    throw wrong(`${name} is a multiple of ${multiple} from ${lo} to ${hi}, not ${size}`);
                }
            }
//#if cache
            room(wasm.resize(at, ...free.map((size) => all[size.name])));
//#else
            wasm.resize(at, ...free.map((size) => all[size.name]));
//#end
            sizes = all;
        },
//#end
//#if state
//#if cache
        reset() {
            wasm.reset(at);
            recount();
        },
        snapshot() {
            const state = new Uint8Array(stateBytes + 4 * grown.length);
            state.set(new Uint8Array(wasm.memory.buffer, wasm.state(at), stateBytes));
            grown.forEach((cache, i) => new DataView(state.buffer).setInt32(stateBytes + 4 * i, sizes[cache.name]));
            return state;
        },
        restore(state) {
            const length = stateBytes + 4 * grown.length;
            if (!(state instanceof Uint8Array) || state.length !== length) throw wrong(`restore() takes what snapshot() gave, a Uint8Array of ${length}`);
            const rows = new DataView(state.buffer, state.byteOffset);
            grown.forEach((cache, i) => wasm.rows(at, i, rows.getInt32(stateBytes + 4 * i)));
            new Uint8Array(wasm.memory.buffer, wasm.state(at), stateBytes).set(state.subarray(0, stateBytes));
            recount();
        },
//#else
        reset: () => wasm.reset(at),
        snapshot: () => new Uint8Array(wasm.memory.buffer, wasm.state(at), stateBytes).slice(),
        restore(state) {
            if (!(state instanceof Uint8Array) || state.length !== stateBytes) throw wrong(`restore() takes what snapshot() gave, a Uint8Array of ${stateBytes}`);
            new Uint8Array(wasm.memory.buffer, wasm.state(at), stateBytes).set(state);
        },
//#end
//#end
//#if profile
        profile: () => steps.map((step, i) => ({ ...step, calls: wasm.calls(i), milliseconds: wasm.spent(i) })),
//#end
    };
    return model;
}

export async function load(source, { weights: from, onProgress = nothing, instances = 1 } = {}) {
//#if compiles
    const module = await compile(source ?? program());
//#else
    const module = await (source ?? program());
//#end
    const wasm = (await WebAssembly.instantiate(module, imports)).exports;
    wasm._initialize?.();
    const bytes = wasm.instance_bytes();
    const places = [wasm.first()];
    let end = wasm.memory.grow(Math.ceil((instances - 1) * bytes / 65536)) * 65536;
    for (; places.length < instances; end += bytes) places.push(end);
//#if weights
    from = await (from ?? weights.url());
//#if web
    await (isUrl(from) ? receiveKept : receive)(wasm, from, onProgress);
//#else
    await receive(wasm, from, onProgress);
//#end
//#end
//#if half
    wasm.widen();
//#end
    return instance(module, wasm, places);
}
