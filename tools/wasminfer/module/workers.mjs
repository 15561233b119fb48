// What a Workers platform compiled when it took the Worker; it compiles nothing itself.
//#if bundled
let first;

// The weights that came with the Worker are copied once and let go; calls that follow get another instance over them.
export function load(source = module, options = {}) {
    if (source !== module || options.weights) return start(source, options);
    if (first) return first.then((model) => model.another());
    first = start(module, { ...options, weights: bytes });
    first.then(() => bytes.transfer?.(0), () => { first = undefined; });
    return first;
}
//#else
export function load(source = module, options = {}) {
//#if weights
    if (!options.weights) throw new TypeError(`${name}: load() wants {weights} here: the Response or stream of ${file} from assets or a bucket`);
//#end
    return start(source, options);
}
//#end
