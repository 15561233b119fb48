#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "import/proto.hpp"
#include "ir/graph.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

using Opsets = std::map<std::string, std::int64_t>;

/// The newest version that is known of a domain; nothing for domains that ONNX and ONNX Runtime don't define: their
/// operators are refused one by one, by name.
std::optional<std::int64_t> newest_version(std::string_view domain);

/// The operator sets that a model or a function imports, by normalised domain. Ones that are imported twice with
/// different versions become findings.
Opsets read_opsets(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports,
                   const std::string& where, Diagnostics& diagnostics);

/// Checks each node's operator set, and reports every set once: models that import a set that is too new and don't use
/// it are fine.
class OpsetCheck {
public:
    /// `ir_version`: the first ONNX files had no operator sets, and mean version 1.
    explicit OpsetCheck(std::int64_t ir_version) : ir_version_{ir_version} {}

    /// The version of the node's domain; 0 where there is none.
    std::int64_t version(const std::string& domain, const Opsets& opsets) const;
    void check(const Node& node, Diagnostics& diagnostics);

private:
    std::int64_t ir_version_;
    std::set<std::pair<std::string, std::int64_t>> reported_;
};

}  // namespace wasminfer::gen
