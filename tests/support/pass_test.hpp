// One pass at a time: a graph put together by hand, the pass, and a run before and behind it.
#pragma once

#include "support/operator_test.hpp"
#include "support/run_graph.hpp"

namespace wasminfer::gen::test {

class PassTest {
public:
    using Run = void (*)(Model&, const PassOptions&, Diagnostics&);
    using AttributeList = std::vector<std::pair<std::string, Attribute>>;

    Value* input(const std::string& name, Shape shape, DType dtype = DType::f32)
    {
        Value* value = model.graph.add_value(name);
        value->dtype = dtype;
        value->shape = std::move(shape);
        model.graph.inputs.push_back(value);
        return value;
    }

    Value* constant(const Tensor& tensor, const std::string& name = "constant")
    {
        return model.graph.add_constant(name, tensor);
    }
    /// A constant of noise.
    Value* weights(std::vector<std::int64_t> shape) { return constant(noise(DType::f32, std::move(shape), ++seed_)); }
    Value* number(double number) { return constant(tensor(DType::f32, {}, {number})); }
    Value* ints(const std::vector<std::int64_t>& numbers)
    {
        return constant(Tensor::ints({static_cast<std::int64_t>(numbers.size())}, numbers));
    }

    /// Appends a node and infers it; `op` may be "domain::Op". Its outputs are named after it: "Conv_0".
    std::vector<Value*> add_all(const std::string& op, std::int64_t opset, std::vector<Value*> inputs,
                                const AttributeList& attributes = {}, std::size_t outputs = 1)
    {
        auto node = std::make_unique<Node>();
        const auto colons = op.find("::");
        node->domain = colons == std::string::npos ? "" : op.substr(0, colons);
        node->op = colons == std::string::npos ? op : op.substr(colons + 2);
        node->name = node->op + "_" + std::to_string(model.graph.nodes().size());
        node->opset = opset;
        node->inputs = std::move(inputs);
        for (const auto& [key, attribute] : attributes) {
            node->attributes.set(key, attribute);
        }
        for (std::size_t i = 0; i < outputs; ++i) {
            node->outputs.push_back(model.graph.add_value(node->name + (i == 0 ? "" : "_" + std::to_string(i))));
        }
        Node* added = model.graph.append_node(std::move(node));
        infer_node(*added, model.symbols, options);
        return added->outputs;
    }
    Value* add(const std::string& op, std::int64_t opset, std::vector<Value*> inputs,
               const AttributeList& attributes = {})
    {
        return add_all(op, opset, std::move(inputs), attributes).at(0);
    }
    Value* transpose(Value* value, const std::vector<std::int64_t>& order)
    {
        return add("Transpose", 13, {value}, {{"perm", order}});
    }

    PassTest& output(Value* value)
    {
        model.graph.outputs.push_back(value);
        return *this;
    }

    /// Runs the pass. Returns the graph's operators in order: "Conv Relu".
    std::string run(Run pass)
    {
        pass(model, options, diagnostics);
        if (const auto wrong = verify_graph(model.graph); !wrong.empty()) {
            return wrong;
        }
        return ops();
    }

    std::string ops() const
    {
        std::string text;
        for (const auto& node : model.graph.nodes()) {
            text += (text.empty() ? "" : " ") + node->op;
        }
        return text;
    }

    std::vector<Tensor> outputs() const
    {
        std::vector<Tensor> inputs;
        for (std::uint32_t seed = 100; const Value* value : model.graph.inputs) {
            inputs.push_back(noise(value->dtype, extents(*value->shape), ++seed));
        }
        return run_graph(model.graph, inputs);
    }

    /// The largest difference that the pass makes in any output, on noise; infinity where shapes or types change.
    double difference(Run pass)
    {
        const auto before = outputs();
        run(pass);
        const auto after = outputs();
        double largest = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
            if (before[i].shape() != after[i].shape() || before[i].dtype() != after[i].dtype()) {
                return std::numeric_limits<double>::infinity();
            }
            const auto x = before[i].to_doubles();
            const auto y = after[i].to_doubles();
            for (std::size_t j = 0; j < x.size(); ++j) {
                const double difference = std::isnan(x[j]) && std::isnan(y[j]) ? 0.0 : std::abs(x[j] - y[j]);
                largest = difference <= largest ? largest : difference;
            }
        }
        return largest;
    }

    const Node& node(std::size_t i) const { return *model.graph.nodes().at(i); }

    Model model;
    PassOptions options;
    Diagnostics diagnostics{"test"};

private:
    std::uint32_t seed_ = 0;
};

}  // namespace wasminfer::gen::test
