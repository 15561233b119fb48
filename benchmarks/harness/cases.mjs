// Cases in the layout of ONNX's backend tests: a folder with model.onnx, test_data_set_0 and perhaps meta.json.
import fs from 'node:fs';
import path from 'node:path';
import { defaultTolerance } from './compare.mjs';
import { modelFace, readTensor } from './onnx.mjs';

/** The case folders in each of the folders (or these themselves), in order of their names: {name, group, folder}. */
export function findCases(folders) {
    return folders.flatMap((folder) => {
        if (!fs.existsSync(folder)) throw new Error(`there is no folder ${folder}`);
        const isCase = (place) => fs.existsSync(path.join(place, 'model.onnx'));
        const places = isCase(folder) ? [folder] : fs.readdirSync(folder).sort().map((name) => path.join(folder, name)).filter(isCase);
        return places.map((place) => ({ name: path.basename(place), group: path.basename(path.dirname(place)), folder: place }));
    });
}

/** A case's files: its first data set (null where there is none for an input), with the outputs that have a reference. */
export function caseFiles(folder) {
    const names = modelFace(fs.readFileSync(path.join(folder, 'model.onnx')));
    const fileOf = (kind, i) => {
        const file = path.join('test_data_set_0', `${kind}_${i}.pb`);
        return fs.existsSync(path.join(folder, file)) ? file : null;
    };
    const meta = readMeta(folder);
    const inputs = Object.fromEntries(names.inputs.map((name, i) => [name, fileOf('input', i)]));
    const expected = names.outputs.map((name, i) => ({ name, file: fileOf('output', i), tolerance: toleranceOf(meta, name) }))
        .filter(({ file }) => file);
    return { names: { inputs: names.inputs, outputs: expected.map(({ name }) => name) }, inputs, expected };
}

/** The same with their tensors. */
export function readCase(folder) {
    const { names, inputs, expected } = caseFiles(folder);
    const tensorOf = (file) => (file ? readTensor(fs.readFileSync(path.join(folder, file))) : null);
    return {
        names,
        inputs: Object.fromEntries(Object.entries(inputs).map(([name, file]) => [name, tensorOf(file)])),
        expected: expected.map(({ name, file, tolerance }) => ({ name, tensor: tensorOf(file), tolerance })),
    };
}

export function readMeta(folder) {
    const file = path.join(folder, 'meta.json');
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
}

/** Of what an output without an entry is expected to be equal, where others have one. */
function toleranceOf(meta, output) {
    const all = meta.tolerance;
    return all && Object.keys(all).length ? all[output] ?? { atol: 0, rtol: 0 } : defaultTolerance;
}

/** Options of the generator that give a model the sizes of its first data set, and the outputs that have a reference. */
export function generatorOptions(folder, { names }) {
    return ['--dims-from', path.join(folder, 'test_data_set_0'), ...names.outputs.flatMap((name) => ['--output', name])];
}

/**
 * The .tflite of the same network beside a model: {file, input, output}, or null. input, output: {scale, zero_point} where the
 * .onnx has int8 there and the .tflite float.
 */
export function tfliteBeside(folder) {
    const meta = readMeta(folder);
    if (fs.existsSync(path.join(folder, 'model_float_io.tflite'))) {
        return { file: 'model_float_io.tflite', input: meta.input_quantisation, output: meta.output_quantisation };
    }
    return fs.existsSync(path.join(folder, 'model.tflite')) ? { file: 'model.tflite' } : null;
}
