// make_models FOLDER: cached.onnx, a cache that grows by any number of rows; parts.onnx, a model of a few nodes with all that a module can have: a free dimension, a state, an
// output whose size is counted, names that are no identifiers, elements of several types.
#include <fstream>

#include "support/model_builder.hpp"

using namespace wasminfer::gen;

int main(int argc, char** argv)
{
    if (argc != 2) {
        return 1;
    }
    const auto write = [&](const char* name, const std::vector<std::byte>& bytes) {
        std::ofstream{std::string{argv[1]} + "/" + name, std::ios::binary}.write(
            reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    };
    write("cached.onnx",
          ModelBuilder{}
              .input("x", DType::f32, {2, "new"})
              .input("past", DType::f32, {2, "past"})
              .input("turns", DType::f32, {1})
              .initializer("one", floats({1}, {1}))
              .initializer("rows", Tensor::of<std::int64_t>(DType::i64, {1}, std::vector<std::int64_t>{1}))
              .node("Concat", {"past", "x"}, {"present"}, {attribute("axis", 1)})
              .node("ReduceSum", {"present", "rows"}, {"sums"}, {attribute("keepdims", 0)})
              .node("Add", {"turns", "one"}, {"turns_next"})
              .output("sums")
              .output("present")
              .output("turns_next")
              .bytes());
    const auto bytes = ModelBuilder{}
                           .input("x", DType::f32, {"seq", 4})
                           .input("the ids", DType::i64, {"seq"})
                           .input("mask", DType::boolean, {"seq"})
                           .input("h", DType::f32, {4})
                           .initializer("scale", floats({4}, {1, 2, 3, 4}))
                           .node("Mul", {"x", "scale"}, {"scaled"})
                           .node("Add", {"scaled", "h"}, {"scores:0"})
                           .node("ReduceSum", {"x", "rows"}, {"sum"}, {attribute("keepdims", 0)})
                           .initializer("rows", Tensor::of<std::int64_t>(DType::i64, {1}, std::vector<std::int64_t>{0}))
                           .node("Add", {"h", "sum"}, {"h_next"})
                           .node("Add", {"the ids", "the ids"}, {"doubled"})
                           .node("Cast", {"x"}, {"halves"}, {attribute("to", 10)})
                           .node("NonZero", {"mask"}, {"places"})
                           .output("scores:0")
                           .output("doubled")
                           .output("halves")
                           .output("places")
                           .output("h_next")
                           .bytes();
    write("parts.onnx", bytes);
}
