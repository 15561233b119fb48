// In the audio thread: sound of any rate, brought to 16 kHz, in windows of 512 samples that follow the last 64 before them.
import { load } from './voice/voice.mjs';

const rate = 16000, window = 512, before = 64;

registerProcessor('voice', class extends AudioWorkletProcessor {
    constructor({ processorOptions: { module, weights } }) {
        super();
        this.samples = new Float32Array(before + window);
        this.filled = before;
        this.sum = this.count = this.phase = 0;
        load(module, { weights }).then((m) => {
            this.m = m;
            this.port.postMessage({});
        }, (error) => this.port.postMessage({ error: String(error) }));
    }

    process([[sound]]) {
        if (!sound || !this.m) return true;
        for (const sample of sound) {
            // The mean of what falls into one sample of 16 kHz.
            this.sum += sample;
            ++this.count;
            this.phase += rate;
            for (; this.phase >= sampleRate; this.phase -= sampleRate) {
                this.samples[this.filled++] = this.sum / this.count;
                if (this.filled === this.samples.length) this.hear();
            }
            if (this.phase < rate) this.sum = this.count = 0;
        }
        return true;
    }

    hear() {
        this.m.inputs.input.set(this.samples);
        this.m.run();
        this.samples.copyWithin(0, window);
        this.filled = before;
        this.port.postMessage({ certainty: this.m.outputs.output[0] });
    }
});
