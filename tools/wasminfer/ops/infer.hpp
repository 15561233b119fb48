#pragma once

#include <functional>

#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// What an operator's `infer` gets: its node, and the place for its outputs' types, shapes and known elements.
class Infer : public NodeView {
public:
    /// `infer_body` infers a subgraph whose inputs have types and shapes.
    Infer(Node& node, Symbols& symbols, std::function<void(Graph&)> infer_body)
        : NodeView{node}, inferred_{node}, symbols_{symbols}, infer_body_{std::move(infer_body)}
    {
    }

    /// Sets an output's type and shape; an absent optional output is passed over.
    void set(std::size_t output, DType dtype, Shape shape);
    /// Sets the elements of an integer output as expressions.
    void set_elements(std::size_t output, std::vector<Dim> elements);
    /// The free dimension of that stem that this node sets at run time, at most `most`: a fresh one where the node is
    /// inferred for the first time.
    Dim measured(const std::string& stem, Dim most);
    Symbols& symbols() { return symbols_; }
    /// Leaves an attribute of ours on the node, for lower().
    void note(const std::string& key, Attribute value) { inferred_.attributes.set(key, std::move(value)); }
    /// Types, shapes and elements of a subgraph's values.
    void infer_body(Graph& body) { infer_body_(body); }

private:
    Node& inferred_;
    Symbols& symbols_;
    std::function<void(Graph&)> infer_body_;
};

/// Numpy's (and ONNX's) multidirectional broadcasting. Dims that can't be compared and are not 1 are taken as equal
/// only where they are the same expression.
Shape broadcast(const Shape& a, const Shape& b);

}  // namespace wasminfer::gen
