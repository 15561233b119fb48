// The game runs in a frame of its own; here is what it loaded.
import { kilobytes, loaded, say } from './facts.mjs';

const frame = document.getElementById('game');
const tell = () => {
    const { performance: its, document: inside } = frame.contentWindow;
    if (!inside.body?.dataset.state) return void setTimeout(tell, 100);
    const [page] = its.getEntriesByType('navigation'), wasm = its.getEntriesByType('resource').find(({ name }) => name.endsWith('.wasm'));
    say('game', `${kilobytes(loaded('game/', its))} loaded, weights included, ready in ${((wasm ?? page).responseEnd).toFixed(0)} ms`);
};
tell();
