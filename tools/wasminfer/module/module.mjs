//#facts
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
const files = (url) => `${url}`.startsWith('file:') && globalThis.process?.getBuiltinModule?.('node:fs');
//#end
//#if relaxed

// Whether relaxed SIMD is there and gives 2 * 3 + 4 by its product and sum, and four times 3 * 5 by its dot product.
function relaxedRuns() {
    try {
        const bytes = atob('AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFwAAAKLQErAEED/Q9BBf0PQwAAAED9E0MAAEBA/RNDAACAQP0T/YUC/fgB/ZMC/RsACw==');
        const probe = new WebAssembly.Module(Uint8Array.from(bytes, (byte) => byte.charCodeAt()));
        return new WebAssembly.Instance(probe).exports.p() === 70;
    } catch {
        return false;
    }
}
//#end

async function answer(response) {
    response = await response;
    if (response.ok === false) throw new Error(`${prefix}${response.url} answers ${response.status}`);
    return response;
}

async function compile(source) {
    source = await (source ?? program());
    if (source instanceof WebAssembly.Module) return source;
    if (isUrl(source)) {
//#if node
        const fs = files(source);
        if (fs) return WebAssembly.compile(fs.readFileSync(new URL(source)));
//#end
        source = fetch(source);
    }
    source = await answer(source);
    return WebAssembly.compile(source.arrayBuffer ? await source.arrayBuffer() : source);
}
//#if weights

// What a stream brings; where it can, it writes into one buffer again and again.
async function* pieces(stream) {
    let reader, buffer;
    try {
        reader = stream.getReader({ mode: 'byob' });
        buffer = new ArrayBuffer(1 << 20);
    } catch {
        reader = stream.getReader();
    }
    try {
        for (;;) {
            const space = buffer && new Uint8Array(buffer);
            const { done, value } = await (reader.readAtLeast && space ? reader.readAtLeast(space.length, space) : reader.read(space));
            if (done) return;
            yield value;
            buffer &&= value.buffer;
        }
    } finally {
        reader.cancel().catch(nothing);
    }
}

// Brings the weights to their place in linear memory, without another copy, and refuses all but the right ones.
async function receive(wasm, source, onProgress) {
    const to = new Uint8Array(wasm.memory.buffer, wasm.weights(), weights.bytes);
    let got = 0;
    const take = (piece) => {
        if (got < to.length) to.set(piece.subarray(0, to.length - got), got);
        got += piece.length;
        onProgress(Math.min(got, to.length), to.length);
    };
//#if node
    const fs = isUrl(source) && files(source);
    if (fs) {
        const file = fs.openSync(new URL(source));
        try {
            for (let read = 1; read && got < to.length; onProgress(got += read, to.length)) {
                read = fs.readSync(file, to, got, Math.min(to.length - got, 1 << 22), null);
            }
            got = Math.max(got, fs.fstatSync(file).size);
        } finally {
            fs.closeSync(file);
        }
    } else
//#end
    if (source.body ?? source.getReader) {
        for await (const piece of pieces(source.body ?? source)) {
            take(piece);
            if (got > to.length) break;
        }
    } else {
        take(new Uint8Array(source.buffer ?? source, source.byteOffset, source.byteLength));
    }
    const status = wasm.check();
    const reason = { 3: 'are no such file', 4: 'were made for another version of the runtime', 5: 'belong to another model' }[status]
        ?? (got < to.length ? `end after ${got} of ${to.length} bytes` : got > to.length ? `go on behind their ${to.length} bytes` : status && 'are corrupted');
    if (reason) throw new Error(`${prefix}the weights ${reason}`);
}

async function receiveFrom(url, wasm, onProgress) {
//#if node
    if (files(url)) return receive(wasm, url, onProgress);
//#end
//#if web
    // The browser's cache holds what was checked, by its hash; what another version left there goes.
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
//#end
    await receive(wasm, await answer(fetch(url)), onProgress);
//#if web
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
//#end
}
//#end

function instance(module, wasm, places) {
    if (!places.length) throw new RangeError(prefix + 'no room is left for another instance; load(source, {instances}) reserves it');
    const at = places.shift();
    wasm.make(at);
    const views = new Map();
    const shape = ({ i, dims }) => dims.map((dim, axis) => (dim === +dim ? dim : wasm.extent(at, i, axis)));
    const view = (tensor) => {
        const length = count(shape(tensor));
        if (views.get(tensor)?.length !== length) views.set(tensor, new tensor.type(wasm.memory.buffer, wasm.data(at, tensor.i), length));
        return views.get(tensor);
    };
    const members = (list) => list.reduce((all, tensor) => Object.defineProperty(all, tensor.name, { get: () => view(tensor), enumerable: true }), {});
    const check = (tensor, value) => {
        const { length } = view(tensor);
        if (!(value instanceof tensor.type) || value.length !== length) {
            throw wrong(`${tensor.name} takes a ${tensor.type.name} of ${length} elements [${shape(tensor)}], not ${value?.constructor.name} of ${value?.length}`);
        }
    };
//#if free
    let sizes = Object.fromEntries(free.map((size) => [size.name, size.hi]));
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
            if (!values) return void wasm.run(at);
            for (const name in values) find(inputs, name);
//#if free
            const before = sizes;
            model.resize(solve(values));
            try {
//#end
            for (const input of inputs) if (!input.state || values[input.name]) check(input, values[input.name]);
//#if free
            } catch (error) {
                model.resize(before);
                throw error;
            }
//#end
            for (const input of inputs) if (values[input.name]) view(input).set(values[input.name]);
            wasm.run(at);
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
                if (!Number.isInteger(size) || size < lo || size > hi || size % multiple) {
                    throw wrong(`${name} is a multiple of ${multiple} from ${lo} to ${hi}, not ${size}`);
                }
            }
            wasm.resize(at, ...free.map((size) => all[size.name]));
            sizes = all;
        },
//#end
//#if state
        reset: () => wasm.reset(at),
        snapshot: () => new Uint8Array(wasm.memory.buffer, wasm.state(at), stateBytes).slice(),
        restore(state) {
            if (!(state instanceof Uint8Array) || state.length !== stateBytes) throw wrong(`restore() takes what snapshot() gave, a Uint8Array of ${stateBytes}`);
            new Uint8Array(wasm.memory.buffer, wasm.state(at), stateBytes).set(state);
        },
//#end
//#if profile
        profile: () => steps.map((step, i) => ({ ...step, calls: wasm.calls(i), milliseconds: wasm.spent(i) })),
//#end
    };
    return model;
}

export async function load(source, { weights: from, onProgress = nothing, instances = 1 } = {}) {
    const module = await compile(source);
    const wasm = (await WebAssembly.instantiate(module, imports)).exports;
    wasm._initialize?.();
    const bytes = wasm.instance_bytes();
    const places = [wasm.first()];
    if (instances > 1) {
        const start = wasm.memory.grow(Math.ceil((instances - 1) * bytes / 65536)) * 65536;
        for (let i = 0; i < instances - 1; ++i) places.push(start + i * bytes);
    }
//#if weights
    from = await (from ?? weights.url());
    await (isUrl(from) ? receiveFrom(from, wasm, onProgress) : receive(wasm, await answer(from), onProgress));
//#end
//#if half
    wasm.widen();
//#end
    return instance(module, wasm, places);
}
