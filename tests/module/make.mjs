// Makes the modules that the tests load: make.mjs MAKE_MODELS, with the environment of support.mjs.
import fs from 'node:fs';
import path from 'node:path';
import { generator, modules, runOk, source } from './support.mjs';

fs.rmSync(modules, { recursive: true, force: true });
fs.mkdirSync(modules, { recursive: true });
runOk([process.argv[2], modules]);
const make = (name, model, ...options) => {
    process.stdout.write(runOk([generator, 'module', model, '-o', path.join(modules, name), '--name', name, ...options]));
};
make('digits', path.join(source, 'examples/digits/digits.onnx'));
// All that a script can hold at once.
make('parts', path.join(modules, 'parts.onnx'), '--dim', 'seq=1..8', '--state', 'h=h_next', '--profile', '--weights-type', 'f16');
make('cached', path.join(modules, 'cached.onnx'), '--dim', 'new=1..4', '--cache', 'past=present:8', '--state', 'turns=turns_next', '--simd', 'simd');
// Called as most models' files are.
make('model', path.join(modules, 'parts.onnx'), '--dim', 'seq=2', '--state', 'h=h_next', '--simd', 'none', '--target', 'node');
make('halves', path.join(source, 'examples/digits/digits.onnx'), '--weights-type', 'f16', '--simd', 'simd', '--target', 'workers');

// A voice detector for audio threads, where the published models are.
const silero = path.join(process.env.MODULES_MODELS, 'models/silero_vad_v5');
if (fs.existsSync(path.join(silero, 'model.onnx'))) {
    const data = path.join(silero, 'test_data_set_0');
    make('silero', path.join(silero, 'model.onnx'), '--bind', `sr=${data}/input_2.pb`, '--dims-from', data, '--state', 'state=stateN', '--simd', 'simd');
}
