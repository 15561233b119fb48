// Just enough of ONNX's protobuf to read tensors and the names of a model's outputs, and to write models of one node.

/** ONNX's TensorProto.DataType: the typed array of each, and how many bytes an element has. */
export const elementTypes = {
    1: { name: 'float', array: Float32Array },
    2: { name: 'uint8', array: Uint8Array },
    3: { name: 'int8', array: Int8Array },
    4: { name: 'uint16', array: Uint16Array },
    5: { name: 'int16', array: Int16Array },
    6: { name: 'int32', array: Int32Array },
    7: { name: 'int64', array: BigInt64Array },
    9: { name: 'bool', array: Uint8Array },
    10: { name: 'float16', array: Uint16Array },
    11: { name: 'double', array: Float64Array },
    12: { name: 'uint32', array: Uint32Array },
    13: { name: 'uint64', array: BigUint64Array },
};

/** The fields of a message in their order: {field, value}, value a BigInt (varint), or the bytes. */
function* fields(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const varint = () => {
        let value = 0n;
        for (let shift = 0n; ; shift += 7n) {
            if (at >= bytes.length) throw new Error('a protobuf message ends early');
            const byte = bytes[at++];
            value |= BigInt(byte & 127) << shift;
            if (byte < 128) return value;
        }
    };
    while (at < bytes.length) {
        const key = Number(varint());
        const size = { 0: null, 1: 8, 2: 0, 5: 4 }[key & 7];
        if (size === undefined) throw new Error('a protobuf message has a field of unknown kind');
        let value;
        if (size === null) {
            value = varint();
        } else {
            const length = size || Number(varint());
            if (at + length > bytes.length) throw new Error('a protobuf message ends early');
            value = new Uint8Array(view.buffer, view.byteOffset + at, length);
            at += length;
        }
        yield { field: key >> 3, value };
    }
}

/** Repeated numbers, packed or one by one. `one` makes a number of a BigInt. */
function pushVarints(list, value, one) {
    if (typeof value === 'bigint') {
        list.push(one(value));
        return;
    }
    let number = 0n;
    let shift = 0n;
    for (const byte of value) {
        number |= BigInt(byte & 127) << shift;
        shift += 7n;
        if (byte < 128) {
            list.push(one(number));
            number = shift = 0n;
        }
    }
}

const text = (bytes) => new TextDecoder().decode(bytes);
const signed = (value) => BigInt.asIntN(64, value);

/** A TensorProto: {type, dims, data}, data a typed array of the type (bool: bytes, float16: its bits). */
export function readTensor(bytes) {
    const tensor = { type: 0, dims: [] };
    const numbers = [];
    let raw;
    for (const { field, value } of fields(bytes)) {
        if (field === 1) pushVarints(tensor.dims, value, (v) => Number(signed(v)));
        else if (field === 2) tensor.type = Number(value);
        else if (field === 4 || field === 10) raw = { bytes: value, size: field === 4 ? 4 : 8 };
        else if (field === 5 || field === 7 || field === 11) pushVarints(numbers, value, signed);
        else if (field === 9) raw = { bytes: value };
        else if (field === 14 && value === 1n) throw new Error('a tensor lies in another file');
    }
    const type = elementTypes[tensor.type];
    if (!type) throw new Error(`a tensor has elements of type ${tensor.type}`);
    const count = tensor.dims.reduce((a, b) => a * b, 1);
    if (raw) {
        // A copy, for alignment.
        tensor.data = new type.array(new Uint8Array(raw.bytes).buffer);
    } else {
        const wide = type.array.BYTES_PER_ELEMENT === 8 && type.name !== 'double';
        tensor.data = type.array.from(numbers, (n) => (wide ? n : Number(n)));
    }
    if (tensor.data.length !== count) throw new Error(`a tensor has ${tensor.data.length} elements, and its shape ${count}`);
    return tensor;
}

/** The names of a model's outputs, and of its inputs that no initializer fills. */
export function modelFace(bytes) {
    const nameOf = (message, field) => text([...fields(message)].findLast((f) => f.field === field)?.value ?? new Uint8Array());
    const face = { inputs: [], outputs: [] };
    const constants = new Set();
    for (const model of fields(bytes)) {
        if (model.field !== 7) continue;
        for (const { field, value } of fields(model.value)) {
            if (field === 5) constants.add(nameOf(value, 8));
            else if (field === 11) face.inputs.push(nameOf(value, 1));
            else if (field === 12) face.outputs.push(nameOf(value, 1));
        }
    }
    face.inputs = face.inputs.filter((name) => !constants.has(name));
    return face;
}

// ---- Writing -------------------------------------------------------------------------------------------------------

function varint(value) {
    const bytes = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
        bytes.push(Number(rest & 127n) | 128);
        rest >>= 7n;
    }
    return [...bytes, Number(rest)];
}

function join(parts) {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
    }
    return bytes;
}

const number = (field, value) => varint(field << 3).concat(varint(value));
const bytesOf = (field, value) => {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return join([varint((field << 3) | 2), varint(bytes.length), bytes]);
};
const floatOf = (field, value) => join([varint((field << 3) | 5), new Uint8Array(new Float32Array([value]).buffer)]);

/** The bytes of a TensorProto. */
export function writeTensor(tensor, name = '') {
    return join([
        ...tensor.dims.map((dim) => number(1, dim)),
        number(2, tensor.type),
        bytesOf(8, name),
        bytesOf(9, new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)),
    ]);
}

/** An attribute out of a whole number, a list of them, or {float}. */
function attribute(name, value) {
    if (Array.isArray(value)) return join([bytesOf(1, name), ...value.map((v) => number(8, v)), number(20, 7)]);
    if (typeof value === 'object') return join([bytesOf(1, name), floatOf(2, value.float), number(20, 1)]);
    return join([bytesOf(1, name), number(3, value), number(20, 2)]);
}

const valueInfo = ({ name, dims }) =>
    join([
        bytesOf(1, name),
        bytesOf(2, bytesOf(1, join([number(1, 1), bytesOf(2, join(dims.map((dim) => bytesOf(1, number(1, dim)))))]))),
    ]);

/**
 * A model of float tensors: nodes {op, inputs, outputs, attributes}, inputs and outputs {name, dims}, initializers
 * {name: tensor}.
 */
export function writeModel({ nodes, inputs, outputs, initializers = {} }) {
    const graph = join([
        ...nodes.map((node) =>
            bytesOf(1, join([
                ...node.inputs.map((name) => bytesOf(1, name)),
                ...node.outputs.map((name) => bytesOf(2, name)),
                bytesOf(4, node.op),
                ...Object.entries(node.attributes ?? {}).map(([name, value]) => bytesOf(5, attribute(name, value))),
            ]))),
        bytesOf(2, 'kernel'),
        ...Object.entries(initializers).map(([name, tensor]) => bytesOf(5, writeTensor(tensor, name))),
        ...inputs.map((value) => bytesOf(11, valueInfo(value))),
        ...outputs.map((value) => bytesOf(12, valueInfo(value))),
    ]);
    return join([number(1, 8), bytesOf(7, graph), bytesOf(8, number(2, 13))]);
}
