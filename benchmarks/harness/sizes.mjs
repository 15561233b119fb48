// What models cost, as tables: each model, and the most that any costs beside what it may.
import { timeText } from './report.mjs';

const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
const row = (cells) => `| ${cells.join(' | ')} |`;
const seconds = (value) => `${value.toFixed(1)} s`;
const megabytes = (value) => `${value.toFixed(0)} MB`;
const times = (value) => `${value.toFixed(1)}×`;
const coldRatio = ({ start, ort }) => ort && ort.seconds / start.seconds;
const named = (wanted) => ({ name }) => name === wanted;

/** Costs with a bound: of one model, or of whichever it is highest (for a ratio, lowest) for. */
const bounds = [
    { title: 'wasm + JS, gzip: digits', of: ({ size }) => size.gzip, bound: 12 * 1024, text: kilobytes, pick: named('digits') },
    { title: 'wasm + JS, gzip: mobilenet_v2_10_224', of: ({ size }) => size.gzip, bound: 30 * 1024, text: kilobytes, pick: named('mobilenet_v2_10_224') },
    { title: 'wasm + JS, gzip: the largest', of: ({ size }) => size.gzip, bound: 80 * 1024, text: kilobytes },
    { title: 'em++ -O3, processor time: the longest', of: ({ compile }) => compile.processorSeconds, bound: 15, text: seconds },
    { title: 'em++ -O3, memory: the most', of: ({ compile }) => compile.megabytes, bound: 1024, text: megabytes },
    { title: 'cold start, onnxruntime-web over ours: the least', of: coldRatio, bound: 10, text: times, atLeast: true },
];

/** A line for each bound that a result has a figure for, with those past it. */
function boundRows(results) {
    return bounds.flatMap(({ title, of, bound, text, pick = () => true, atLeast = false }) => {
        const figures = results.filter(pick).map((result) => ({ name: result.name, value: of(result) })).filter(({ value }) => value);
        if (!figures.length) return [];
        figures.sort((a, b) => (atLeast ? a.value - b.value : b.value - a.value));
        const past = figures.filter(({ value }) => (atLeast ? value < bound : value > bound));
        const [{ name, value }] = figures;
        return [row([title, past.length ? `**${text(value)}**` : text(value), name, `${atLeast ? 'at least' : 'at most'} ${text(bound)}`, `${past.length} of ${figures.length}`, past.map((one) => `${one.name} ${text(one.value)}`).join(', ')])];
    });
}

/** results: of size.mjs; runtimes: {name: sizes} of peers without a model. Tables in Markdown. */
export function costTable(results, runtimes) {
    const withPeer = results.some(({ ort }) => ort);
    const lines = [
        row(['model', 'wasm + JS', 'gzip', 'brotli', 'weights', 'em++ -O3', 'its memory', 'linear memory', 'cold start', ...(withPeer ? ['onnxruntime-web', 'ratio'] : [])]),
        row(['---', ...Array(withPeer ? 10 : 8).fill('---:')]),
        ...results.map((result) => {
            const { name, size, weights, compile, start, ort } = result;
            const peer = ort ? [timeText(ort.seconds), times(coldRatio(result))] : ['', ''];
            return row([
                name, kilobytes(size.raw), kilobytes(size.gzip), kilobytes(size.brotli), kilobytes(weights), seconds(compile.processorSeconds), megabytes(compile.megabytes),
                kilobytes(start.memory), timeText(start.seconds), ...(withPeer ? peer : []),
            ]);
        }),
        '',
        row(['cost', 'measured', 'of', 'may be', 'past it', 'which']), row(['---', '---:', '---', '---', '---:', '---']), ...boundRows(results),
    ];
    for (const [name, { raw, gzip, brotli }] of Object.entries(runtimes)) {
        lines.push('', `${name}, without a model: ${kilobytes(raw)}, gzip ${kilobytes(gzip)}, brotli ${kilobytes(brotli)}.`);
    }
    return lines.join('\n');
}
