// The drawing pad: a stroke, shrunk to the 8 x 8 pixels that the network knows, and its ten probabilities.
import { start, timed } from './facts.mjs';

const pad = document.getElementById('pad'), ink = pad.getContext('2d', { willReadFrequently: true });
const answer = document.getElementById('digit');
const bars = Array.from({ length: 10 }, (_, digit) => {
    const row = document.createElement('li');
    row.innerHTML = `<span>${digit}</span><i><b></b></i>`;
    document.getElementById('bars').append(row);
    return row.querySelector('b');
});

/** The drawing's alpha as 64 values from 0 to 16, its box fitted into the square; null where nothing is drawn. */
function shrink() {
    const { width, height } = pad, { data } = ink.getImageData(0, 0, width, height);
    let left = width, right = -1, top = height, bottom = -1;
    for (let i = 0; i < width * height; ++i) {
        if (data[4 * i + 3] < 128) continue;
        const x = i % width, y = Math.floor(i / width);
        left = Math.min(left, x), right = Math.max(right, x), top = Math.min(top, y), bottom = Math.max(bottom, y);
    }
    if (right < left) return null;
    const side = Math.max(right - left, bottom - top) + 1, cell = side / 8;
    const x0 = (left + right + 1 - side) / 2, y0 = (top + bottom + 1 - side) / 2;
    const sums = new Float32Array(64);
    for (let y = top; y <= bottom; ++y) {
        for (let x = left; x <= right; ++x) {
            const at = 8 * Math.min(7, Math.floor((y - y0) / cell)) + Math.min(7, Math.floor((x - x0) / cell));
            sums[at] += data[4 * (y * width + x) + 3] / 255;
        }
    }
    return sums.map((sum) => Math.min(16, (16 * sum) / (cell * cell)));
}

const { m, text } = await start('digits', 'digits');
const run = timed('digits', m, text);

function show() {
    const pixels = shrink();
    if (!pixels) {
        bars.forEach((bar) => { bar.style.width = '0'; });
        answer.textContent = '';
        return;
    }
    m.inputs.image.set(pixels);
    run();
    const p = m.outputs.probabilities;
    bars.forEach((bar, digit) => { bar.style.width = `${(100 * p[digit]).toFixed(1)}%`; });
    const best = p.indexOf(Math.max(...p));
    answer.textContent = `${best}, ${(100 * p[best]).toFixed(0)} % sure`;
}

let last = null, pen = { x: 128, y: 128, down: false };
function line(to) {
    Object.assign(ink, { lineWidth: 26, lineCap: 'round', lineJoin: 'round', strokeStyle: getComputedStyle(pad).getPropertyValue('--ink') });
    ink.beginPath();
    ink.moveTo(last?.x ?? to.x, last?.y ?? to.y);
    ink.lineTo(to.x, to.y);
    ink.stroke();
    last = to;
    show();
}
const place = ({ clientX, clientY }) => {
    const box = pad.getBoundingClientRect();
    return { x: ((clientX - box.left) * pad.width) / box.width, y: ((clientY - box.top) * pad.height) / box.height };
};
pad.addEventListener('pointerdown', (event) => {
    pad.setPointerCapture(event.pointerId);
    last = null;
    line(place(event));
});
pad.addEventListener('pointermove', (event) => { if (event.buttons) line(place(event)); });
pad.addEventListener('keydown', (event) => {
    const [x, y] = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8], ' ': [0, 0] }[event.key] ?? [];
    if (x === undefined) return;
    event.preventDefault();
    const clip = (value) => Math.min(256, Math.max(0, value));
    pen = { x: clip(pen.x + x), y: clip(pen.y + y), down: event.key === ' ' ? !pen.down : pen.down };
    if (!pen.down) last = null;
    else line({ x: pen.x, y: pen.y });
});
document.getElementById('clear').addEventListener('click', () => {
    ink.clearRect(0, 0, pad.width, pad.height);
    pen = { x: 128, y: 128, down: false };
    last = null;
    show();
});
