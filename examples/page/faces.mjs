// BlazeFace on a picture or a camera: the picture in the network's 128 x 128 pixels, boxes out of its two grids, overlaps dropped.
// examples/faces does the same in C++.
import { start, timed } from './facts.mjs';

const side = 128;
const canvas = document.getElementById('picture'), view = canvas.getContext('2d');
const square = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
const { m, text } = await start('faces', 'blazeface');
const run = timed('faces', m, text);

/** One of the network's grids: at each of its cells several candidates, a score and a box relative to the cell each. */
function decode(scores, boxes, cells, found) {
    const each = scores.length / (cells * cells), size = side / cells;
    for (let i = 0; i < scores.length; ++i) {
        if (scores[i] <= 1) continue;  // logits: 73 % sure
        const cell = Math.floor(i / each), [dx, dy, w, h] = boxes.subarray(16 * i, 16 * i + 4);
        const x = ((cell % cells) + 0.5) * size + dx, y = (Math.floor(cell / cells) + 0.5) * size + dy;
        found.push({ left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2, score: scores[i] });
    }
}

function overlap(a, b) {
    const common = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    const area = (box) => (box.right - box.left) * (box.bottom - box.top);
    return common / (area(a) + area(b) - common);
}

/** Finds and draws: source is an image or a video. */
function find(source, width, height) {
    const scale = side / Math.max(width, height);
    square.clearRect(0, 0, side, side);
    square.drawImage(source, 0, 0, width * scale, height * scale);
    m.inputs['input:0'].set(square.getImageData(0, 0, side, side).data);
    run();
    const found = [], out = m.outputs;
    decode(out['Identity:0'], out['Identity_2:0'], 16, found);
    decode(out['Identity_1:0'], out['Identity_3:0'], 8, found);
    found.sort((a, b) => b.score - a.score);
    const kept = [];
    for (const box of found) if (kept.every((other) => overlap(box, other) <= 0.3)) kept.push(box);
    canvas.width = 480;
    canvas.height = Math.round((480 * height) / width);
    view.drawImage(source, 0, 0, canvas.width, canvas.height);
    const zoom = 480 / (width * scale);
    Object.assign(view, { lineWidth: 3, strokeStyle: '#28e63c' });
    for (const { left, top, right, bottom } of kept) view.strokeRect(left * zoom, top * zoom, (right - left) * zoom, (bottom - top) * zoom);
    document.getElementById('found').textContent = kept.length === 1 ? '1 face' : `${kept.length} faces`;
}

async function show(blob) {
    const picture = await createImageBitmap(blob);
    find(picture, picture.width, picture.height);
}
await show(await (await fetch('faces.png')).blob());

let stream = null;
const camera = document.getElementById('camera');
function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    camera.ariaPressed = 'false';
}
document.getElementById('file').addEventListener('change', async ({ target }) => {
    stop();
    try {
        if (target.files[0]) await show(target.files[0]);
    } catch {
        document.getElementById('found').textContent = 'not a picture';
    }
});
camera.addEventListener('click', async () => {
    if (stream) return stop();
    try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
    } catch {
        document.getElementById('found').textContent = 'no camera';
        return;
    }
    camera.ariaPressed = 'true';
    const video = Object.assign(document.createElement('video'), { srcObject: stream, muted: true, playsInline: true });
    await video.play();
    const next = () => {
        if (!stream) return;
        find(video, video.videoWidth, video.videoHeight);
        requestAnimationFrame(next);
    };
    next();
});
