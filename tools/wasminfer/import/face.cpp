#include "import/face_proto.hpp"

#include <cctype>

#include "import/model_file.hpp"

namespace wasminfer::gen {

namespace {

std::string identifier(const std::string& name)
{
    std::string text;
    for (const char c : name) {
        text += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    }
    return text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) ? "_" + text : text;
}

DeclaredDim read_dim(const onnx::TensorShapeProto::Dimension& proto, const std::string& unnamed)
{
    // A negative number and "?" are some exporters' way to say nothing; a number may also be written as a name.
    if (proto.has_dim_value() && proto.dim_value() >= 0) {
        return {proto.dim_value(), {}};
    }
    const std::string& text = proto.dim_param();
    if (proto.has_dim_value() || text.empty() || text == "?") {
        return {std::nullopt, unnamed};
    }
    if (const auto formula = read_formula(text); formula && formula->is_constant()) {
        return formula->constant() >= 0 ? DeclaredDim{formula->constant(), {}} : DeclaredDim{std::nullopt, unnamed};
    }
    return {std::nullopt, text};
}

std::string kind_of(const onnx::TypeProto& type)
{
    switch (type.value_case()) {
    case onnx::TypeProto::kTensorType: return "tensor";
    case onnx::TypeProto::kSequenceType: return "sequence";
    case onnx::TypeProto::kMapType: return "map";
    case onnx::TypeProto::kOptionalType: return "optional";
    case onnx::TypeProto::kSparseTensorType: return "sparse tensor";
    case onnx::TypeProto::kOpaqueType: return "opaque value";
    default: return "value without a type";
    }
}

/// `stem` begins the names of dimensions that have none.
DeclaredInput read_declared_input(const onnx::ValueInfoProto& info, const std::string& stem)
{
    DeclaredInput input{info.name(), DType::undefined, kind_of(info.type()), std::nullopt};
    if (!info.type().has_tensor_type()) {
        return input;
    }
    const auto& type = info.type().tensor_type();
    input.dtype = dtype_of_onnx(type.elem_type());
    if (type.has_shape()) {
        input.shape.emplace();
        for (const auto& dim : type.shape().dim()) {
            input.shape->push_back(read_dim(dim, stem + "_dim" + std::to_string(input.shape->size())));
        }
    }
    return input;
}

/// The smallest value of the one missing symbol under which the formula gives `extent`.
std::optional<std::int64_t> solve(const Dim& formula, const std::string& symbol, std::int64_t extent,
                                  std::map<std::string, std::int64_t> known)
{
    constexpr std::int64_t most = 1 << 16;
    for (std::int64_t candidate = 0; candidate <= most; ++candidate) {
        known[symbol] = candidate;
        if (formula.evaluate(known) == extent) {
            return candidate;
        }
    }
    return std::nullopt;
}

struct Equation {
    Dim formula;
    std::int64_t extent = 0;
    std::string where;
};

/// Puts what the equations say into `known`, those first that say it plainly. True where something was found.
bool solve_one(const std::vector<Equation>& equations, std::map<std::string, std::int64_t>& known)
{
    for (const bool plain : {true, false}) {
        for (const auto& [formula, extent, where] : equations) {
            auto symbols = formula.symbols();
            std::erase_if(symbols, [&](const std::string& symbol) { return known.contains(symbol); });
            if (symbols.size() != 1 || (plain && !formula.as_symbol())) {
                continue;
            }
            const auto value = plain ? extent : solve(formula, *symbols.begin(), extent, known);
            if (value) {
                known[*symbols.begin()] = *value;
                return true;
            }
        }
    }
    return false;
}

}  // namespace

std::set<std::string> initializer_names(const onnx::GraphProto& graph)
{
    std::set<std::string> names;
    for (const auto& initializer : graph.initializer()) {
        names.insert(initializer.name());
    }
    for (const auto& initializer : graph.sparse_initializer()) {
        names.insert(initializer.values().name());
    }
    return names;
}

DeclaredInput read_declared_value(const onnx::ValueInfoProto& info)
{
    return read_declared_input(info, identifier(info.name()));
}

std::vector<DeclaredInput> read_declared_inputs(const onnx::GraphProto& graph)
{
    std::vector<DeclaredInput> inputs;
    std::set<std::string> stems;
    for (const auto& info : graph.input()) {
        std::string stem = identifier(info.name());
        while (!stems.insert(stem).second) {
            stem += "_";
        }
        inputs.push_back(read_declared_input(info, stem));
    }
    return inputs;
}

ModelFace read_model_face(const std::filesystem::path& path)
{
    Diagnostics diagnostics{path.string()};
    const auto file = load_model_file(path, diagnostics);
    if (!file) {
        throw Refused{diagnostics.text()};
    }
    const auto& graph = file->proto.graph();
    const auto constants = initializer_names(graph);
    ModelFace face;
    for (auto& input : read_declared_inputs(graph)) {
        if (!constants.contains(input.name)) {
            face.inputs.push_back(std::move(input));
        }
    }
    for (const auto& output : graph.output()) {
        face.outputs.push_back(output.name());
        face.declared_outputs.push_back(read_declared_value(output));
    }
    return face;
}

DimBindings dims_from_shapes(const ModelFace& face, const std::vector<std::vector<std::int64_t>>& shapes)
{
    if (shapes.size() != face.inputs.size()) {
        throw Refused{"the model has " + std::to_string(face.inputs.size()) + " inputs, and " +
                      std::to_string(shapes.size()) + " are given"};
    }
    std::vector<Equation> equations;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const auto& input = face.inputs[i];
        const std::string where = "input '" + input.name + "'";
        if (!input.shape) {
            continue;
        }
        if (input.shape->size() != shapes[i].size()) {
            throw Refused{where + " has rank " + std::to_string(input.shape->size()) + ", and the data has rank " +
                          std::to_string(shapes[i].size())};
        }
        for (std::size_t axis = 0; axis < shapes[i].size(); ++axis) {
            const auto& dim = (*input.shape)[axis];
            const auto formula = dim.value ? std::optional<Dim>{*dim.value} : read_formula(dim.name);
            equations.push_back({formula ? *formula : Dim::symbol(dim.name), shapes[i][axis],
                                 where + ", axis " + std::to_string(axis)});
        }
    }
    std::map<std::string, std::int64_t> known;
    while (solve_one(equations, known)) {
    }
    for (const auto& [formula, extent, where] : equations) {
        const auto got = formula.evaluate(known);
        if (got && *got != extent) {
            throw Refused{where + ": the model says " + formula.str() + ", which is " + std::to_string(*got) +
                          " here, and the data has " + std::to_string(extent)};
        }
    }
    DimBindings bindings;
    for (const auto& [name, size] : known) {
        bindings[name] = {size, size, 1};
    }
    return bindings;
}

}  // namespace wasminfer::gen
