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

/** A case's tensors: its first data set, with the outputs that have a reference. */
export function readCase(folder) {
    const data = path.join(folder, 'test_data_set_0');
    const names = modelFace(fs.readFileSync(path.join(folder, 'model.onnx')));
    const tensorOf = (kind, i) => {
        const file = path.join(data, `${kind}_${i}.pb`);
        return fs.existsSync(file) ? readTensor(fs.readFileSync(file)) : null;
    };
    const meta = readMeta(folder);
    const inputs = Object.fromEntries(names.inputs.map((name, i) => [name, tensorOf('input', i)]));
    const expected = names.outputs.map((name, i) => ({ name, tensor: tensorOf('output', i), tolerance: toleranceOf(meta, name) }))
        .filter(({ tensor }) => tensor);
    return { names: { inputs: names.inputs, outputs: expected.map(({ name }) => name) }, inputs, expected };
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
