#include "import/opsets.hpp"

#include "ops/operator.hpp"

namespace wasminfer::gen {

std::optional<std::int64_t> newest_version(std::string_view domain)
{
    if (domain.empty()) {
        return newest_opset;
    }
    if (domain == "ai.onnx.ml") {
        return 5;
    }
    if (domain == "com.microsoft") {
        return 1;
    }
    return std::nullopt;
}

Opsets read_opsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports,
                   const std::string& where, Diagnostics& diagnostics)
{
    Opsets opsets;
    for (const auto& import : imports) {
        const std::string domain = normalise_domain(import.domain());
        const auto [it, fresh] = opsets.try_emplace(domain, import.version());
        if (!fresh && it->second != import.version()) {
            diagnostics.add({where,
                             "imports two versions of the operator set " + domain_name(domain) + ", " +
                                 std::to_string(it->second) + " and " + std::to_string(import.version()),
                             {}});
        }
    }
    return opsets;
}

std::int64_t OpsetCheck::version(const std::string& domain, const Opsets& opsets) const
{
    if (const auto it = opsets.find(domain); it != opsets.end()) {
        return it->second;
    }
    // ONNX Runtime's own domain has one version and is often not imported by name.
    return (domain.empty() && ir_version_ < 3) || domain == "com.microsoft" ? 1 : 0;
}

void OpsetCheck::check(const Node& node, Diagnostics& diagnostics)
{
    if (node.domain == "wasminfer" && reported_.emplace(node.domain, node.opset).second) {
        // Their rows trust the passes that put them in.
        diagnostics.add(node, "is of the domain wasminfer, whose operators exist inside the generator alone",
                        "give the model's own operators another domain");
    }
    const auto newest = newest_version(node.domain);
    if (!newest || (node.opset >= 1 && node.opset <= *newest) || !reported_.emplace(node.domain, node.opset).second) {
        return;
    }
    const std::string set = "operator set " + domain_name(node.domain);
    if (node.opset > *newest) {
        diagnostics.add(node,
                        "is of version " + std::to_string(node.opset) + " of the " + set + "; versions up to " +
                            std::to_string(*newest) + " are known",
                        "export the model with opset_version=" + std::to_string(*newest) + " or lower");
    } else {
        diagnostics.add(node, "needs the " + set + ", of which the model imports no version", {});
    }
}

}  // namespace wasminfer::gen
