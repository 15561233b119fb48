// What the generated code is meant to reach, class by class, and where it stands: kernels of the lists in benchmarks/shapes,
// models against each peer.
import { engineNames, meanRatio, ratio, shareOfPeak } from './report.mjs';

const isKernel = (...names) => ({ name, kernel }) => Boolean(kernel) && names.includes(name);
const isConv1x1 = ({ kernel }) =>
    kernel?.op === 'conv' && kernel.window.join() === '1,1' && kernel.lists.some((list) => ['mobilenet_v2', 'resnet50'].includes(list));
const isDepthwise = (size) => ({ kernel }) => kernel?.op === 'depthwise' && kernel.window[0] === size && kernel.window[1] === size;
/** A model that computes in floating point; those with a .tflite beside them are for LiteRT.js. */
const isFloat = ({ kernel, integers }) => !kernel && !integers;
const isModel = (result) => isFloat(result) && !result.inPage;
const takes = (peer, seconds) => (result) => isModel(result) && result.engines[peer]?.min >= seconds;

const kernels = [
    { title: 'conv 3×3 stride 1, 56²×64→64', peer: 'tfjs', pick: isKernel('conv 56x56 64>64 3x3 relu'), mean: { simd: 2, relaxed: 2.5 } },
    { title: 'conv 3×3 stride 1, 28²×128→128', peer: 'tfjs', pick: isKernel('conv 28x28 128>128 3x3 relu'), mean: { simd: 2, relaxed: 2.5 } },
    { title: 'conv 3×3 stride 1, 14²×256→256', peer: 'tfjs', pick: isKernel('conv 14x14 256>256 3x3 relu'), mean: { simd: 2, relaxed: 2.5 } },
    { title: 'conv 1×1 of MobileNetV2 and ResNet-50', peer: 'tfjs', pick: isConv1x1, mean: { simd: 1.5, relaxed: 1.9 } },
    {
        title: 'depthwise 3×3 and 5×5, strides 1 and 2', peer: 'tfjs', pick: (result) => isDepthwise(3)(result) || isDepthwise(5)(result),
        mean: { simd: 2, relaxed: 2.2 },
    },
];
const models = [
    { title: 'float models', peer: 'ort', pick: isModel, mean: { simd: 3, relaxed: 4 } },
    { title: 'float models that take it 0.1 ms or more', peer: 'ort', pick: takes('ort', 1e-4), each: { simd: 1.3, relaxed: 1.6 } },
    { title: 'float models that are .tflite too', peer: 'litert', pick: (result) => isFloat(result) && result.inPage, each: { simd: 1.3, relaxed: 1.6 } },
];
const products = { names: ['gemm 384x384x384', 'gemm 128x768x768'], share: { simd: 0.72, relaxed: 0.95 } };
const peaks = { mixed: 'peak of separate multiplies and adds', peak: 'twice the peak of additions' };

/** A figure, bold where it is short of what is wanted. */
const against = (value, wanted, text) => (wanted && value < wanted ? `**${text(value)}**` : text(value));
const times = (value) => `${value.toFixed(2)}×`;
const percent = (value) => `${(100 * value).toFixed(0)} %`;

function meanRow({ title, peer, pick, mean: wantedMean = {}, each = {} }, results, builds) {
    const picked = results.filter(pick);
    const cells = builds.map((build) => {
        const { count, ratio: mean, least } = meanRatio(picked, build, peer);
        if (!count) return null;
        const text = against(mean, wantedMean[build], times);
        return count === 1 ? text : `${text} (${against(least, each[build], times)})`;
    });
    const wanted = builds.map((build) => (wantedMean[build] ? times(wantedMean[build]) : `each ${times(each[build])}`));
    const count = Math.max(...builds.map((build) => meanRatio(picked, build, peer).count));
    return cells.every((cell) => cell === null) ? null : [title, engineNames[peer], String(count), ...builds.flatMap((_, i) => [cells[i] ?? 'failed', wanted[i]])];
}

function productRow(name, results, builds, peak) {
    const result = results.find(isKernel(name));
    const shares = builds.map((build) => (result ? shareOfPeak(result, build, peak) : null));
    if (shares.every((share) => share === null)) return null;
    return [name, peaks[peak], '1', ...builds.flatMap((build, i) => [shares[i] === null ? 'failed' : against(shares[i], products.share[build], percent), percent(products.share[build])])];
}

/**
 * The classes that took part, as a table: geometric means (and the least) for each build beside what is wanted, in bold where
 * they are short of it; and below it each case that is short by itself. Empty where no class took part.
 */
export function goalTable(results, builds) {
    const rows = [
        ...kernels.map((goal) => meanRow(goal, results, builds)),
        ...products.names.flatMap((name) => Object.keys(peaks).map((peak) => productRow(name, results, builds, peak))),
        ...models.map((goal) => meanRow(goal, results, builds)),
    ].filter(Boolean);
    if (!rows.length) return '';
    const head = ['geometric mean (least)', 'against', 'cases', ...builds.flatMap((build) => [engineNames[build], 'wanted'])];
    const lines = [head, head.map((_, i) => (i < 2 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    for (const { title, peer, pick, each } of models.filter((goal) => goal.each)) {
        for (const build of builds) {
            const short = results.filter(pick).map((result) => ({ name: result.name, value: ratio(result, build, peer) }))
                .filter(({ value }) => value && value < each[build]).sort((a, b) => a.value - b.value);
            if (short.length) {
                lines.push(`\n${engineNames[build]}, ${title}, below ${times(each[build])} of ${engineNames[peer]}: ${short.map(({ name, value }) => `${name} ${times(value)}`).join(', ')}`);
            }
        }
    }
    return lines.join('\n');
}
