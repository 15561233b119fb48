// Silero VAD in an AudioWorklet: this page loads the module and its weights and hands them to the audio thread.
import { kilobytes, loaded, say } from './facts.mjs';

const canvas = document.getElementById('speech'), view = canvas.getContext('2d');
const history = new Float32Array(120);
let audio = null, node = null, source = null;

function draw(certainty) {
    history.copyWithin(0, 1);
    history[history.length - 1] = certainty;
    view.clearRect(0, 0, canvas.width, canvas.height);
    view.fillStyle = getComputedStyle(canvas).getPropertyValue('--mark');
    history.forEach((value, i) => view.fillRect(4 * i, canvas.height * (1 - value), 3, canvas.height * value));
    document.getElementById('speaking').textContent = `${(100 * certainty).toFixed(0)} %${certainty > 0.5 ? ', a voice' : ''}`;
}

async function start() {
    const begin = performance.now();
    audio = new AudioContext();
    const bytes = async (file) => (await fetch(file)).arrayBuffer();
    const { files } = await (await fetch('voice/manifest.json')).json();
    const { name: file } = files.find(({ name }) => name.endsWith('.bin'));
    const [module, weights] = await Promise.all([bytes('voice/voice.wasm').then((wasm) => WebAssembly.compile(wasm)), bytes(`voice/${file}`), audio.audioWorklet.addModule('voice_processor.mjs')]);
    node = new AudioWorkletNode(audio, 'voice', { processorOptions: { module, weights } });
    node.connect(audio.destination);  // silent, but it has to lead somewhere
    await new Promise((ready, failed) => {
        node.port.onmessage = ({ data }) => (data.error ? failed(new Error(data.error)) : ready());
    });
    const took = performance.now() - begin, text = `${kilobytes(loaded('voice/'))} loaded, ready in ${took.toFixed(0)} ms`;
    say('voice', text);
    let windows = 0;
    node.port.onmessage = ({ data }) => {
        draw(data.certainty);
        say('voice', `${text}; ${++windows} windows of 32 ms heard`);
    };
}

/** Lets the audio thread hear what make() gives, in place of what it heard. */
async function hear(make) {
    try {
        if (!node) await start();
        await audio.resume();
        source?.disconnect();
        source = await make();
        source.connect(node);
        return true;
    } catch (error) {
        document.getElementById('speaking').textContent = error.name === 'NotAllowedError' || error.name === 'NotFoundError' ? 'no microphone' : String(error);
        return false;
    }
}

let stream = null;
document.getElementById('listen').addEventListener('click', async ({ currentTarget: button }) => {
    if (stream) {
        stream.getTracks().forEach((track) => track.stop());
        stream = null;
        source?.disconnect();
        button.ariaPressed = 'false';
        return;
    }
    const heard = await hear(async () => {
        stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        return audio.createMediaStreamSource(stream);
    });
    button.ariaPressed = String(heard);
});

/** Something like a voice: a buzz whose pitch and loudness wander. */
document.getElementById('buzz').addEventListener('click', () => hear(() => {
    const buffer = audio.createBuffer(1, 4 * audio.sampleRate, audio.sampleRate);
    buffer.copyToChannel(Float32Array.from({ length: buffer.length }, (_, i) => {
        const t = i / audio.sampleRate;
        let voice = 0;
        for (let k = 1; k < 12; ++k) voice += Math.sin(2 * Math.PI * k * (120 + 30 * Math.sin(5 * t)) * t) / k;
        return 0.15 * voice * Math.max(0, Math.sin(7 * t));
    }), 0);
    const sound = new AudioBufferSourceNode(audio, { buffer });
    sound.start();
    return sound;
}));
