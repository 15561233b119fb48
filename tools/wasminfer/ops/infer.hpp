#pragma once

#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// What an operator's `infer` gets: its node, and the place for its outputs' types, shapes and known elements.
class Infer : public NodeView {
public:
    Infer(Node& node, Symbols& symbols) : NodeView{node}, symbols_{symbols} {}

    /// Sets an output's type and shape; an absent optional output is passed over.
    void set(std::size_t output, DType dtype, Shape shape);
    /// Sets the elements of an integer output as expressions.
    void set_elements(std::size_t output, std::vector<Dim> elements);
    /// A fresh free dimension, counted at run time by this node, at most `most`.
    Dim measured(const std::string& stem, Dim most);
    Symbols& symbols() { return symbols_; }

private:
    Symbols& symbols_;
};

/// Numpy's (and ONNX's) multidirectional broadcasting. Dims that can't be compared and are not 1 are taken as equal
/// only where they are the same expression.
Shape broadcast(const Shape& a, const Shape& b);

}  // namespace wasminfer::gen
