// Ratios as an SVG chart: a bar for each build of ours, against the peer's time as 1, on a logarithmic scale.
import { engineNames, ratio } from './report.mjs';

const colours = { simd: '#4c78a8', relaxed: '#f58518' };
const row = 26;
const left = 230;
const width = 860;

const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** sections: [{title, peer, results}]. */
export function chart(sections) {
    const builds = Object.keys(colours);
    const bars = sections.map(({ title, peer, results }) => ({
        title: `${title}: times as fast as ${engineNames[peer]}`,
        rows: results.map((result) => ({ name: result.name, ratios: builds.map((build) => ratio(result, build, peer)) }))
            .filter(({ ratios }) => ratios.some(Boolean))
            .sort((a, b) => (b.ratios[0] ?? 0) - (a.ratios[0] ?? 0)),
    })).filter(({ rows }) => rows.length);
    const all = bars.flatMap(({ rows }) => rows.flatMap(({ ratios }) => ratios.filter(Boolean)));
    const low = Math.min(0.5, ...all);
    const high = Math.max(4, ...all);
    const x = (value) => left + ((width - left - 60) * Math.log(value / low)) / Math.log(high / low);
    const parts = [];
    let y = 20;
    for (const { title, rows } of bars) {
        parts.push(`<text x="10" y="${y + 12}" font-weight="bold">${escape(title)}</text>`);
        y += 24;
        const bottom = y + rows.length * row;
        for (const tick of [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64].filter((value) => value >= low && value <= high)) {
            parts.push(`<line x1="${x(tick)}" x2="${x(tick)}" y1="${y}" y2="${bottom}" stroke="${tick === 1 ? '#333' : '#ccc'}"/>`);
            parts.push(`<text x="${x(tick)}" y="${bottom + 13}" text-anchor="middle" fill="#666">${tick}×</text>`);
        }
        for (const { name, ratios } of rows) {
            parts.push(`<text x="${left - 8}" y="${y + 16}" text-anchor="end">${escape(name)}</text>`);
            ratios.forEach((value, i) => {
                if (!value) return;
                const [from, to] = [Math.min(x(1), x(value)), Math.max(x(1), x(value))];
                const top = y + 3 + i * 10;
                parts.push(`<rect x="${from.toFixed(1)}" y="${top}" width="${Math.max(to - from, 1).toFixed(1)}" height="9" fill="${colours[builds[i]]}"/>`);
                parts.push(`<text x="${(to + 4).toFixed(1)}" y="${top + 8}" font-size="9">${value.toFixed(2)}</text>`);
            });
            y += row;
        }
        y += 34;
    }
    builds.forEach((build, i) => {
        parts.push(`<rect x="${10 + i * 140}" y="${y}" width="12" height="12" fill="${colours[build]}"/>`);
        parts.push(`<text x="${27 + i * 140}" y="${y + 10}">${escape(engineNames[build])}</text>`);
    });
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 26}" font-family="sans-serif" font-size="11">\n`
        + `<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}
