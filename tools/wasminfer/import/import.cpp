#include "import/import.hpp"

#include <algorithm>

#include "import/face_proto.hpp"
#include "import/graph_reader.hpp"
#include "import/model_file.hpp"
#include "import/unsupported_types.hpp"

namespace wasminfer::gen {

namespace {

/// Reads what is particular to the outermost graph: the model's face.
class ModelReader {
public:
    ModelReader(const ModelFile& file, const std::filesystem::path& folder, const ImportOptions& options, Model& model,
                Diagnostics& diagnostics)
        : proto_{file.proto}, options_{options}, model_{model}, diagnostics_{diagnostics},
          reader_{file.proto, folder, diagnostics}, dims_{options.dims, model.symbols},
          inputs_{read_declared_inputs(file.proto.graph())}
    {
    }

    void read()
    {
        model_.ir_version = proto_.ir_version();
        model_.opsets = reader_.opsets();
        model_.producer = proto_.producer_name();
        if (!proto_.producer_version().empty()) {
            model_.producer += " " + proto_.producer_version();
        }
        model_.graph.name = proto_.graph().name();
        bind_constants();
        read_inputs();
        Nodes nodes;
        std::set<std::string> bound;
        for (const auto& [name, tensor] : options_.bind) {
            bound.insert(name);
        }
        reader_.read_body(proto_.graph(), {model_.graph, nodes, scope_, reader_.opsets()}, bound);
        model_.graph.set_nodes(std::move(nodes));
        read_outputs();
        bind_custom_operators(model_.graph, proto_.graph(), options_.custom, dims_, diagnostics_);
        dims_.report(diagnostics_);
        drop_unneeded_inputs();
        report_unsupported_types(model_.graph, diagnostics_);
    }

    const std::set<std::filesystem::path>& data_files() const { return reader_.data_files(); }

private:
    void bind_constants();
    void bind_constant(const DeclaredInput& input, const Tensor& tensor);
    void read_inputs();
    std::optional<Shape> read_shape(const DeclaredInput& input);
    void read_outputs();
    void add_output(const std::string& name, const std::string& where, const std::string& advice);
    void drop_unneeded_inputs();

    const onnx::ModelProto& proto_;
    const ImportOptions& options_;
    Model& model_;
    Diagnostics& diagnostics_;
    GraphReader reader_;
    DimBinder dims_;
    std::vector<DeclaredInput> inputs_;
    Scope scope_;
    std::map<const Value*, std::string> kinds_;  ///< Of inputs that are no tensors.
};

std::string input_named(const std::string& name)
{
    return "input '" + name + "'";
}

/// Before the other inputs are read: a constant also tells the free dimensions that it shares with them.
void ModelReader::bind_constants()
{
    std::set<std::string> unknown;
    for (const auto& [name, tensor] : options_.bind) {
        unknown.insert(name);
    }
    for (const auto& input : inputs_) {
        if (const auto it = options_.bind.find(input.name); it != options_.bind.end() && unknown.erase(it->first)) {
            bind_constant(input, it->second);
        }
    }
    for (const auto& name : unknown) {
        diagnostics_.add({"--bind " + name, "the model has no input of this name", {}});
    }
}

void ModelReader::bind_constant(const DeclaredInput& input, const Tensor& tensor)
{
    const Shape shape(tensor.shape().begin(), tensor.shape().end());
    if (input.dtype != tensor.dtype()) {
        diagnostics_.add({input_named(input.name),
                          "is bound to a tensor of " + std::string{name(tensor.dtype())} + ", and takes " +
                              (input.kind == "tensor" ? std::string{name(input.dtype)} : "a " + input.kind),
                          {}});
    }
    bool fits = !input.shape || input.shape->size() == tensor.shape().size();
    for (std::size_t i = 0; fits && input.shape && i < tensor.shape().size(); ++i) {
        fits = dims_.imply((*input.shape)[i], tensor.shape()[i]);
    }
    if (!fits) {
        std::string declared;
        for (const auto& dim : *input.shape) {
            declared += (declared.empty() ? "" : ",") + (dim.value ? std::to_string(*dim.value) : dim.name);
        }
        diagnostics_.add({input_named(input.name),
                          "is bound to a tensor of shape " + to_string(shape) + ", and takes [" + declared + "]",
                          {}});
    }
    scope_.define(input.name, model_.graph.add_constant(input.name, tensor));
}

std::optional<Shape> ModelReader::read_shape(const DeclaredInput& input)
{
    if (!input.shape) {
        diagnostics_.add({input_named(input.name), "is declared without a shape",
                          "export the model with the shapes of its inputs, or give the input's value with --bind"});
        return std::nullopt;
    }
    Shape shape;
    for (const auto& dim : *input.shape) {
        const std::string text = dim.value ? std::to_string(*dim.value) : dim.name;
        try {
            shape.push_back(dims_.bind(dim, input.name));
        } catch (const OperatorError& error) {
            diagnostics_.add({input_named(input.name), "its extent " + text + " " + error.what(), error.advice()});
            return std::nullopt;
        }
        const auto extent = shape.back().as_constant();
        if (extent && (*extent < 0 || *extent > largest_extent)) {
            const std::string value = dim.value ? text : text + ", here " + std::to_string(*extent);
            diagnostics_.add(
                {input_named(input.name), "its extent " + value + " is not one that a tensor can have", {}});
        }
    }
    return shape;
}

void ModelReader::read_inputs()
{
    const auto constants = initializer_names(proto_.graph());
    std::set<std::string> seen;
    for (const auto& input : inputs_) {
        reader_.check_flood();
        if (input.name.empty() || !seen.insert(input.name).second) {
            diagnostics_.add(
                {"graph",
                 input.name.empty() ? "has an input without a name" : "has two inputs named '" + input.name + "'",
                 {}});
            continue;
        }
        if (constants.contains(input.name) || options_.bind.contains(input.name)) {
            continue;
        }
        Value* value = model_.graph.add_value(input.name);
        value->dtype = input.dtype;
        if (input.kind != "tensor") {
            kinds_[value] = "a " + input.kind;
        } else {
            value->shape = read_shape(input);
            if (size_of(input.dtype) == 0) {
                kinds_[value] = "a tensor of " + std::string{name(input.dtype)};
            }
        }
        scope_.define(input.name, value);
        model_.graph.inputs.push_back(value);
    }
}

void ModelReader::add_output(const std::string& name, const std::string& where, const std::string& advice)
{
    const Scope::Entry* entry = scope_.find(name);
    if (!entry) {
        diagnostics_.add({where, "nothing in the model makes it", advice});
    } else {
        model_.graph.outputs.push_back(entry->value);
    }
    reader_.check_flood();
}

void ModelReader::read_outputs()
{
    std::set<std::string> seen;
    if (!options_.outputs.empty()) {
        std::string known;
        for (const auto& output : proto_.graph().output()) {
            known += (known.empty() ? "the model's outputs are '" : ", '") + output.name() + "'";
        }
        for (const auto& name : options_.outputs) {
            if (seen.insert(name).second) {
                add_output(name, "--output " + name, known);
            }
        }
        return;
    }
    for (const auto& output : proto_.graph().output()) {
        if (output.name().empty()) {
            diagnostics_.add({"graph", "has an output without a name", {}});
        } else if (!seen.insert(output.name()).second) {
            diagnostics_.add({"output '" + output.name() + "'", "is listed twice", {}});
        } else {
            add_output(output.name(), "output '" + output.name() + "'", {});
        }
    }
    if (proto_.graph().output().empty()) {
        diagnostics_.add({"graph", "has no outputs", {}});
    }
}

/// Inputs of kinds that can't be passed are refused, unless the outputs were chosen so that nothing reads them.
void ModelReader::drop_unneeded_inputs()
{
    const auto needed = needed_values(model_.graph);
    std::erase_if(model_.graph.inputs, [&](const Value* input) {
        const auto kind = kinds_.find(input);
        if (kind == kinds_.end()) {
            return false;
        }
        if (!options_.outputs.empty() && !needed.contains(input)) {
            return true;
        }
        diagnostics_.add({input_named(input->name), "is " + kind->second + ", which is not supported", {}});
        return false;
    });
}

std::unique_ptr<Model> build(const ModelFile& file, const std::filesystem::path& folder, const std::string& name,
                             const ImportOptions& options, Diagnostics& diagnostics,
                             std::set<std::filesystem::path>* data_files = nullptr)
{
    auto model = std::make_unique<Model>();
    model->file = name;
    model->sha256 = file.sha256;
    try {
        ModelReader reader{file, folder, options, *model, diagnostics};
        reader.read();
        if (data_files) {
            *data_files = reader.data_files();
        }
    } catch (const Refused& refusal) {
        diagnostics.add({"model", refusal.what(), {}});
        return nullptr;
    }
    return model;
}

}  // namespace

std::unique_ptr<Model> import_model(const std::filesystem::path& path, const ImportOptions& options,
                                    Diagnostics& diagnostics, std::set<std::filesystem::path>* data_files)
{
    const auto file = load_model_file(path, diagnostics);
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    return file ? build(*file, folder, path.filename().string(), options, diagnostics, data_files) : nullptr;
}

std::unique_ptr<Model> import_model_bytes(std::span<const std::byte> bytes, const std::filesystem::path& folder,
                                          const std::string& name, const ImportOptions& options,
                                          Diagnostics& diagnostics)
{
    const auto file = parse_model_file(bytes, diagnostics);
    return file ? build(*file, folder, name, options, diagnostics) : nullptr;
}

}  // namespace wasminfer::gen
