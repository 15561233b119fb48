// Times engines against one another: in turns, round by round, so that whatever else the machine does meets them all.
// Runs under Node and in a page.
import { firstDifference } from './compare.mjs';
import { callsFor, median, minimum } from './statistics.mjs';

const now = () => performance.now() / 1000;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Seconds that this thread had of a processor, where the host tells: other programs don't count. */
function threadTime() {
    if (!globalThis.process?.threadCpuUsage) return now();
    // Linux brings a thread's time up to date when it is asked for that of the whole process.
    process.cpuUsage();
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e6;
}

/** Seconds a call, over `calls` of them. */
async function time(engine, calls) {
    const start = threadTime();
    for (let i = 0; i < calls; ++i) {
        const pending = engine.call();
        if (pending) await pending;
    }
    return (threadTime() - start) / calls;
}

/**
 * Calls until V8's optimising compiler, which works beside us, has had the time to replace all that is hot. Gives how many
 * calls a measurement takes: a clock may tick too coarsely for one.
 */
async function warmUp(engine, seconds, roundSeconds) {
    const until = threadTime() + seconds;
    for (let calls = 0; calls < 5 || (threadTime() < until && calls < 20000); ++calls) {
        await engine.call();
        if (calls % 16 === 4) await pause(5);
    }
    let calls = 1;
    for (; calls < 1 << 20; calls *= 2) {
        const once = await time(engine, calls);
        if (once * calls > roundSeconds / 4) return callsFor(roundSeconds, once);
    }
    return calls;
}

/** The loops of peak.cpp as engines; `exports` are the module's. */
export function peakEngines({ additions, additions_flops, mixed, mixed_flops }) {
    const rounds = 4000;
    return {
        peak: { call: () => void additions(rounds, 1e-3), operations: additions_flops() * rounds },
        mixed: { call: () => void mixed(rounds, 1, 1e-3), operations: mixed_flops() * rounds },
    };
}

/**
 * Compares every engine's outputs with what is expected, then times those that are right, and compares once more.
 *
 * engines: {name: {open()}}; open() gives {call, outputs, close}, or throws. expected: [{name, tensor, tolerance}].
 * peaks: of peakEngines(). Gives {peak, mixed: operations a second, engines: {name: {min, median, calls, rounds} | {failure}}}.
 */
export async function measure({ engines, expected, peaks, rounds, warmUpSeconds = 0.4, roundSeconds = 0.003, mostSeconds = 20 }) {
    const results = {};
    const running = [];
    for (const [name, { open }] of Object.entries(engines)) {
        try {
            const engine = await open();
            await time(engine, 1);
            const failure = firstDifference(engine.outputs(), expected);
            if (failure) {
                results[name] = { failure };
                await engine.close();
                continue;
            }
            running.push({ name, engine, times: [] });
        } catch (error) {
            results[name] = { failure: String(error?.message ?? error).split('\n')[0].slice(0, 300) };
        }
    }
    const tops = Object.entries(peaks).map(([name, engine]) => ({ name, engine, times: [] }));
    for (const entry of running) entry.calls = await warmUp(entry.engine, warmUpSeconds, roundSeconds);
    for (const entry of tops) entry.calls = await warmUp(entry.engine, warmUpSeconds / 4, roundSeconds);
    const until = now() + mostSeconds;
    for (let round = 0; round < rounds && (round < 5 || now() < until); ++round) {
        // Each round begins with another one: nobody always follows the same.
        for (let i = 0; i < running.length; ++i) {
            const entry = running[(i + round) % running.length];
            entry.times.push(await time(entry.engine, entry.calls));
        }
        for (const entry of tops) entry.times.push(await time(entry.engine, entry.calls));
    }
    for (const { name, engine, times, calls } of running) {
        // Once more: what was timed still computed the same.
        const failure = firstDifference(engine.outputs(), expected);
        results[name] = failure ? { failure } : { min: minimum(times), median: median(times), calls, rounds: times.length };
        await engine.close();
    }
    const rates = Object.fromEntries(tops.map(({ name, engine, times }) => [name, engine.operations / minimum(times)]));
    return { ...rates, engines: results };
}
