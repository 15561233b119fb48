#include "import/custom.hpp"

#include <algorithm>
#include <cctype>

#include "import/face_proto.hpp"

namespace wasminfer::gen {

namespace {

constexpr DType types[] = {DType::f32, DType::f16, DType::f64, DType::boolean, DType::i8,  DType::i16,
                           DType::i32, DType::i64, DType::u8,  DType::u16,     DType::u32, DType::u64};

/// "my::foo": names between double colons.
bool is_qualified_name(const std::string& text)
{
    bool start = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (!start && text.compare(i, 2, "::") == 0) {
            start = true;
            ++i;
        } else if (start ? std::isalpha(c) || c == '_' : std::isalnum(c) || c == '_') {
            start = false;
        } else {
            return false;
        }
    }
    return !start;
}

/// "f32[batch,4]"
std::optional<DeclaredInput> parse_type(const std::string& text)
{
    const auto open = text.find('[');
    const auto type = std::ranges::find(types, text.substr(0, open), [](DType t) { return std::string{name(t)}; });
    if (open == std::string::npos || !text.ends_with("]") || type == std::end(types)) {
        return std::nullopt;
    }
    DeclaredInput declared{{}, *type, "tensor", std::vector<DeclaredDim>{}};
    const std::string list = text.substr(open + 1, text.size() - open - 2);
    for (std::size_t at = 0; !list.empty() && at <= list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        const std::string extent = list.substr(at, end - at);
        const auto formula = read_formula(extent);
        const bool number = formula && formula->is_constant();
        if (extent.empty() || (number && formula->constant() < 0)) {
            return std::nullopt;
        }
        declared.shape->push_back(number ? DeclaredDim{formula->constant(), {}} : DeclaredDim{std::nullopt, extent});
        at = end + 1;
    }
    return declared;
}

class CustomBinder {
public:
    CustomBinder(const onnx::GraphProto& proto, const CustomOptions& options, DimBinder& dims, Diagnostics& diagnostics)
        : options_{options}, dims_{dims}, diagnostics_{diagnostics}
    {
        for (const auto* list : {&proto.value_info(), &proto.output()}) {
            for (const auto& info : *list) {
                declared_[info.name()] = read_declared_value(info);
            }
        }
        for (const auto& [value, text] : options.shapes) {
            if (const auto type = parse_type(text)) {
                declared_[value] = *type;
            } else {
                diagnostics_.add({"--shape " + value, "'" + text + "' is not like f32[batch,4]", {}});
            }
            unused_.insert(value);
        }
    }

    void bind(Graph& graph)
    {
        for (const auto& node : graph.nodes()) {
            const std::string key = (node->domain.empty() ? "" : node->domain + "::") + node->op;
            if (const auto custom = options_.operators.find(key); custom != options_.operators.end()) {
                used_.insert(key);
                bind_node(*node, custom->second);
            }
            for_each_subgraph(*node, [&](Graph& body) { bind(body); });
        }
    }

    void report()
    {
        for (const auto& [key, custom] : options_.operators) {
            if (!used_.contains(key)) {
                diagnostics_.add({"--custom " + key, "the model has no such operator", {}});
            }
        }
        for (const auto& value : unused_) {
            diagnostics_.add({"--shape " + value, "no custom operator makes a value of this name", {}});
        }
    }

private:
    void bind_node(Node& node, const CustomOperator& custom)
    {
        std::vector<std::int64_t> dtypes;
        std::vector<std::string> shapes;
        for (const Value* output : node.outputs) {
            if (!output || !bind_output(node, *output, dtypes, shapes)) {
                dtypes.push_back(0);
                shapes.emplace_back("0");
            }
        }
        node.attributes.set("@operator", node.op);
        node.attributes.set("@function", custom.function);
        node.attributes.set("@header", custom.header);
        node.attributes.set("@types", std::move(dtypes));
        node.attributes.set("@shapes", std::move(shapes));
        node.domain = "wasminfer";
        node.op = "Custom";
        node.opset = 1;
    }

    /// Of each output the type, and in one list the rank and the extents.
    bool bind_output(const Node& node, const Value& output, std::vector<std::int64_t>& dtypes,
                     std::vector<std::string>& shapes)
    {
        unused_.erase(output.name);
        const auto declared = declared_.find(output.name);
        const std::string advice = "give it: --shape '" + output.name + "=f32[1,4]'";
        if (declared == declared_.end() || !declared->second.shape ||
            std::ranges::find(types, declared->second.dtype) == std::end(types)) {
            diagnostics_.add(node, "makes '" + output.name + "', whose type and shape the model does not declare",
                             advice);
            return false;
        }
        std::vector<std::string> extents{std::to_string(declared->second.shape->size())};
        for (const DeclaredDim& dim : *declared->second.shape) {
            try {
                extents.push_back(dims_.bind(dim, output.name).str());
            } catch (const OperatorError& error) {
                diagnostics_.add(node, "the extent " + dim.name + " of '" + output.name + "' " + error.what(), advice);
                return false;
            }
        }
        dtypes.push_back(static_cast<std::int64_t>(declared->second.dtype));
        shapes.insert(shapes.end(), extents.begin(), extents.end());
        return true;
    }

    const CustomOptions& options_;
    DimBinder& dims_;
    Diagnostics& diagnostics_;
    std::map<std::string, DeclaredInput> declared_;
    std::set<std::string> used_;
    std::set<std::string> unused_;
};

}  // namespace

std::pair<std::string, CustomOperator> parse_custom_operator(const std::string& text)
{
    const auto equals = text.find('=');
    const auto colon = equals == std::string::npos ? equals : text.find(':', equals);
    if (colon != std::string::npos) {
        std::string key = text.substr(0, equals);
        CustomOperator custom{text.substr(equals + 1, colon - equals - 1), text.substr(colon + 1)};
        const bool printable =
            std::ranges::none_of(custom.header, [](char c) { return c == '"' || c == '\\' || (c >= 0 && c < ' '); });
        key = key.starts_with("ai.onnx::") ? key.substr(9) : key;
        if (!key.empty() && !custom.header.empty() && printable && is_qualified_name(custom.function)) {
            return {key, custom};
        }
    }
    throw Refused{"--custom takes DOMAIN::OP=HEADER:FUNCTION, as in my.domain::Foo=foo.hpp:my::foo, not '" + text +
                  "'"};
}

void bind_custom_operators(Graph& graph, const onnx::GraphProto& proto, const CustomOptions& options, DimBinder& dims,
                           Diagnostics& diagnostics)
{
    if (options.operators.empty() && options.shapes.empty()) {
        return;
    }
    CustomBinder binder{proto, options, dims, diagnostics};
    binder.bind(graph);
    binder.report();
}

}  // namespace wasminfer::gen
