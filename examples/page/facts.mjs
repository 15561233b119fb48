// What a demo loaded, and how long it took.
/** A size for people. */
export const kilobytes = (bytes) => (bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(2)} MB`);

/** The bytes that came over the network for the files below a folder of this page; of a frame's page, with what it is. */
export function loaded(folder, from = performance) {
    const entries = [...from.getEntriesByType('resource'), ...from.getEntriesByType('navigation')];
    return entries.filter(({ name }) => name.startsWith(new URL(folder, location.href).href)).reduce((sum, entry) => sum + entry.encodedBodySize, 0);
}

/** Loads a module of `wasminfer module`, and says below its demo what that took: {m, text}. */
export async function start(demo, name) {
    const begin = performance.now();
    const { load } = await import(`./${name}/${name}.mjs`);
    const m = await load();
    const took = performance.now() - begin;
    // A browser that has the weights from an earlier visit asks for less.
    const text = `${kilobytes(loaded(`${name}/`))} loaded, ready in ${took.toFixed(0)} ms`;
    say(demo, text);
    return { m, text };
}

export function say(demo, text) {
    document.getElementById(`${demo}-facts`).textContent = text;
}

/** Runs a model, and says how long that takes: the mean of the last runs, for browsers' clocks are coarse. */
export function timed(demo, m, text) {
    let time = 0, runs = 0;
    return () => {
        const begin = performance.now();
        m.run();
        time += performance.now() - begin;
        say(demo, `${text}; ${(1000 * time / ++runs).toFixed(0)} µs a run`);
    };
}
