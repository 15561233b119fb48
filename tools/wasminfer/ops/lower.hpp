#pragma once

#include "ops/call.hpp"
#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// Puts one kernel call together. The order of read(), write(), extents() and functor() is the order of the arguments.
class CallBuilder {
public:
    explicit CallBuilder(Step& step) : step_{step} {}

    CallBuilder& templates(std::string arguments);
    CallBuilder& read(Operand operand);
    /// Reads the value as elements of another type of the same size.
    CallBuilder& write(Operand operand);
    CallBuilder& extents(std::vector<Field> fields);
    CallBuilder& text(std::string argument);
    CallBuilder& in_place(const Value& output, const Value& input);
    /// The call's return value is the run-time size of the free dimension `symbol`.
    CallBuilder& measures(const Dim& symbol);
    CallBuilder& host(std::function<void(const HostCall&)> body);

private:
    Step& step_;
};

/// What an operator's `lower` gets: its node with everything inferred, and the program to add to.
class Lower : public NodeView {
public:
    /// `lower_body` lowers a subgraph's nodes to steps.
    Lower(const Node& node, Program& program, Steps& steps, std::function<void(const Graph&, Steps&)> lower_body = {})
        : NodeView{node}, program_{program}, steps_{steps}, lower_body_{std::move(lower_body)}
    {
    }

    /// Starts a call of wasminfer::<function> in <wasminfer/<header>>.
    CallBuilder call(std::string function, std::string header);
    /// The operand of an input; an absent one becomes nullptr.
    Operand operand(std::size_t input) const;
    Operand operand(const Value& value) const;
    /// The same bytes seen as unsigned integers of the element's size.
    Operand bits(const Value& value) const;
    Operand result(std::size_t output) const;
    Operand none(DType dtype) const { return {.dtype = dtype}; }

    /// The output is the input's bytes, `byte_offset` further: no step at all.
    void alias(const Value& output, const Value& input, Dim byte_offset = 0);
    /// Copies all elements, as a step of its own.
    void copy(const Operand& to, const Operand& from, const Dim& elements);
    /// Arena bytes for the time of this node's steps.
    Operand temporary(DType dtype, const Dim& bytes);
    /// Constant bytes in the layout that a kernel reads; equal bytes are stored once.
    Operand weight(std::string name, DType dtype, std::vector<std::byte> bytes);
    template <class T>
    Operand weight(std::string name, DType dtype, const std::vector<T>& elements)
    {
        const auto bytes = std::as_bytes(std::span{elements});
        return weight(std::move(name), dtype, std::vector<std::byte>(bytes.begin(), bytes.end()));
    }

    void lower_body(const Graph& body, Steps& steps) { lower_body_(body, steps); }

    Program& program() { return program_; }
    Steps& steps() { return steps_; }

private:
    Program& program_;
    Steps& steps_;
    std::function<void(const Graph&, Steps&)> lower_body_;
};

}  // namespace wasminfer::gen
