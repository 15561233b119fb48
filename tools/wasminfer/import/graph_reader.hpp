#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "import/functions.hpp"
#include "import/opsets.hpp"
#include "import/scope.hpp"
#include "import/sort.hpp"
#include "import/tensor_proto.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// Turns GraphProtos into Graphs: names become values, local functions the nodes of their bodies, subgraphs Graphs that
/// refer to the values around them.
///
/// All that is wrong becomes findings, and reading goes on: what is built is whole enough to look for more. After the
/// first 200 findings, and where a model grows beyond all measure, Refused is thrown.
class GraphReader {
public:
    struct Call;

    /// Where nodes are read into.
    struct Frame {
        Graph& graph;
        Nodes& nodes;
        Scope& scope;
        const Opsets& opsets;
        const Call* call = nullptr;  ///< Of the function whose body is read.
    };

    /// `folder` holds the model's external data; empty: there is none.
    GraphReader(const onnx::ModelProto& model, std::filesystem::path folder, Diagnostics& diagnostics);

    const Opsets& opsets() const { return opsets_; }
    const std::set<std::filesystem::path>& data_files() const { return tensors_.data_files(); }

    /// Initializers and nodes, sorted, into the frame's graph. Initializers whose names are in `replaced` are left out.
    void read_body(const onnx::GraphProto& proto, const Frame& frame, const std::set<std::string>& replaced = {});

    /// Throws Refused where there are too many findings to be of use.
    void check_flood() const;

private:
    struct Parameter;

    using NodeProtos = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

    void read_initializers(const onnx::GraphProto& proto, const Frame& frame, const std::set<std::string>& replaced);
    template <class Proto>
    void read_initializer(const Proto& proto, const std::string& name, const Frame& frame);
    /// `results`: the values that a function's results have in its caller.
    void read_nodes(const NodeProtos& protos, const Frame& frame, const std::map<std::string, Value*>& results = {});
    std::vector<Value*> declare_outputs(const onnx::NodeProto& proto, const NodeProtos& all, const Frame& frame,
                                        const std::map<std::string, Value*>& results);
    void read_node(const onnx::NodeProto& proto, std::vector<Value*> outputs, const Frame& frame);
    void read_inputs(const onnx::NodeProto& proto, Node& node, const Frame& frame);
    void read_attributes(const onnx::NodeProto& proto, Node& node, const Frame& frame);
    std::optional<Attribute> read_attribute(const onnx::AttributeProto& proto, const Node& node, const Frame& frame);
    std::shared_ptr<Graph> read_subgraph(const onnx::GraphProto& proto, const Frame& around, const Node& node);
    std::optional<Parameter> resolve(const onnx::AttributeProto& proto, const Node& node, const Frame& frame);

    void inline_call(const onnx::NodeProto& proto, const Node& caller, const Function& function, const Frame& frame);
    std::map<std::string, Parameter> read_parameters(const onnx::NodeProto& proto, const Node& caller,
                                                     const Function& function, const Frame& frame);
    void connect_results(const Node& caller, const Function& function, const Frame& body);

    Tensor read_tensor(const onnx::TensorProto& proto);
    /// The name itself in a graph; in a function's body, whose names recur with each call, a new one.
    std::string value_name(const std::string& name, const Frame& frame);

    Diagnostics& diagnostics_;
    Opsets opsets_;
    FunctionLibrary functions_;
    OpsetCheck opset_check_;
    TensorReader tensors_;
    std::unordered_map<const onnx::TensorProto*, Tensor> read_;  ///< Each once, however often a function is called.
    std::unordered_set<std::string> names_;
    std::unordered_map<std::string, std::size_t> next_suffix_;
    std::uint64_t inlined_bytes_ = 0;
    int depth_ = 0;
};

}  // namespace wasminfer::gen
