// Results as tables in Markdown, worst ratio first, each with its geometric means.
import { geometricMean } from './statistics.mjs';

export const engineNames = {
    simd: 'ours, SIMD', relaxed: 'ours, relaxed', ort: 'onnxruntime-web', tfjs: 'tfjs (XNNPACK)', litert: 'LiteRT.js', eigen: 'Eigen',
};
const oursFirst = ['simd', 'relaxed'];

/** Three digits, with the unit. */
export function timeText(seconds) {
    const [scale, unit] = seconds < 1e-3 ? [1e6, 'µs'] : [1e3, 'ms'];
    const number = seconds * scale;
    return `${number < 999.5 ? number.toPrecision(3) : number.toFixed(0)} ${unit}`;
}

/** How many times as fast as the peer a build of ours is, by the least times of interleaved rounds; null where one failed. */
export function ratio(result, build, peer) {
    const [ours, theirs] = [result.engines[build]?.min, result.engines[peer]?.min];
    return ours && theirs ? theirs / ours : null;
}

/** The share of a peak (of peakEngines()) that an engine reaches; null where it is unknown. */
export function shareOfPeak(result, engine, peak = 'peak') {
    const seconds = result.engines[engine]?.min;
    return seconds && result.macs ? (2 * result.macs) / seconds / result[peak] : null;
}

/** Geometric means over results: {count, ratio} of a build against a peer, where both ran. */
export function meanRatio(results, build, peer) {
    const ratios = results.map((result) => ratio(result, build, peer)).filter(Boolean);
    return { count: ratios.length, ratio: geometricMean(ratios), least: Math.min(...ratios) };
}

const percent = (share) => (share === null ? '' : `${Math.round(100 * share)} %`);
const times = (value) => (value === null || Number.isNaN(value) ? '' : `${value.toFixed(2)}×`);

/** The worst ratio of the first build; cases that didn't run come first. */
function rank(result, builds, peers) {
    const ratios = builds.flatMap((build) => peers.map((peer) => ratio(result, build, peer))).filter(Boolean);
    return ratios.length ? ratios[0] : -1;
}

/** One table: a row a result, columns for the engines that took part. */
export function table(results, { sort = true } = {}) {
    const took = (engine) => results.some(({ engines }) => engines[engine]);
    const builds = oursFirst.filter(took);
    const peers = Object.keys(engineNames).filter((engine) => !oursFirst.includes(engine) && took(engine));
    const peakShares = results.some(({ macs }) => macs);
    const head = ['', ...peers.map((peer) => engineNames[peer]), ...builds.flatMap((build) => [engineNames[build], ...peers.map((peer) => (peers.length > 1 ? `to ${engineNames[peer].split(' ')[0]}` : 'ratio')), ...(peakShares ? ['of peak'] : [])])];
    const cell = ({ engines }, engine) => {
        const result = engines[engine];
        return !result ? '' : result.failure ? 'failed' : `${timeText(result.min)} (${timeText(result.median)})`;
    };
    const rows = (sort ? [...results].sort((a, b) => rank(a, builds, peers) - rank(b, builds, peers)) : results).map((result) => [
        result.name,
        ...peers.map((peer) => cell(result, peer)),
        ...builds.flatMap((build) => [cell(result, build), ...peers.map((peer) => times(ratio(result, build, peer))), ...(peakShares ? [percent(shareOfPeak(result, build))] : [])]),
    ]);
    const lines = [head, head.map((_, i) => (i ? '---:' : '---')), ...rows].map((row) => `| ${row.join(' | ')} |`);
    for (const peer of peers) {
        for (const build of builds) {
            const { count, ratio: mean, least } = meanRatio(results, build, peer);
            if (count) lines.push(`${lines.at(-1).startsWith('|') ? '\n' : ''}${engineNames[build]}, against ${engineNames[peer]}: geometric mean ${times(mean)}, least ${times(least)}, of ${count}`);
        }
    }
    return lines.join('\n');
}

/** What failed and why, a line each. */
export function failures(results) {
    return results.flatMap(({ name, engines }) => Object.entries(engines)
        .filter(([, { failure }]) => failure)
        .map(([engine, { failure }]) => `- ${name}, ${engineNames[engine]}: ${failure}`));
}
