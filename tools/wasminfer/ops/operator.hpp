#pragma once

#include <span>
#include <string_view>

#include "ops/infer.hpp"
#include "ops/lower.hpp"

namespace wasminfer::gen {

/// The newest operator set of ai.onnx that is read.
inline constexpr std::int64_t newest_opset = 27;

enum class ChannelsLast : std::uint8_t {
    no,
    possible,  ///< Either layout: a pass may switch it where that saves a Transpose.
    required,  ///< lower() knows channels-last alone: a pass always switches it, with Transposes around.
};

enum class Epilogue : std::uint8_t {
    none,
    activation,  ///< y = activation(y), the text of a functor.
    residual,    ///< y = activation(y + residual): the last input, of y's shape and layout, where `residual` = 1.
};

/// One operator, in one place: everything that the generator knows of it.
struct Operator {
    std::string_view type;
    /// Opsets of the domain in which it is implemented.
    std::int64_t since = 1;
    std::int64_t until = newest_opset;
    /// Types, shapes and known elements of the outputs; every opset's difference is stated there.
    void (*infer)(Infer&) = nullptr;
    /// Adds the steps that compute the outputs. They run in the generator too: folding is lowering and running.
    void (*lower)(Lower&) = nullptr;

    std::string_view domain = "";
    /// The outputs' elements are elements of the inputs that have `moved` set, picked without looking at them: symbolic
    /// elements go through it as opaque numbers. Bit i: input i is moved; other inputs have to be known.
    std::uint32_t moves = 0;
    /// One element of the output from one element of each input, for integer arithmetic on symbolic elements; nullopt
    /// where it can't be told, as whether two of them are equal.
    std::optional<Dim> (*symbolic)(const NodeView&, std::span<const Dim>) = nullptr;
    /// For operators that apply one function to each element: the functor as it stands in generated code (an epilogue
    /// of another kernel, perhaps), nullopt where these attributes or operands have none.
    std::optional<std::string> (*functor)(const NodeView&) = nullptr;
    /// Reads its inputs element by element with broadcasting: axes may be permuted on all of them alike.
    bool elementwise = false;
    /// Whether the operator heeds the attribute channels_last = 1: inputs with a bit in `channels_last_inputs` and all
    /// outputs, of rank 3 to 5, are [N, spatial..., C] then instead of [N, C, spatial...].
    ChannelsLast channels_last = ChannelsLast::no;
    std::uint32_t channels_last_inputs = 1;
    /// What lower() can do to each element on its way out, in the attributes `fused_activation` and `residual`.
    Epilogue epilogue = Epilogue::none;
};

/// The operator's row, or nullptr; `opset` is that of the domain.
const Operator* find_operator(std::string_view domain, std::string_view type, std::int64_t opset);
/// All rows, sorted by domain, type, opset.
std::vector<const Operator*> all_operators();
/// Why there is no row: unknown domain, unknown operator, or an opset that isn't implemented; with advice.
OperatorError explain_missing(const Node& node);

// The families, one .cpp each; control.hpp, quantized.hpp, vision.hpp and ml.hpp have more.
std::span<const Operator> append_operators();
std::span<const Operator> attention_operators();
std::span<const Operator> constant_operators();
std::span<const Operator> conv_operators();
std::span<const Operator> copy_operators();
std::span<const Operator> custom_operators();
std::span<const Operator> depth_to_space_operators();
std::span<const Operator> elementwise_operators();
std::span<const Operator> gather_operators();
std::span<const Operator> gemm_operators();
std::span<const Operator> loss_operators();
std::span<const Operator> movement_operators();
std::span<const Operator> normalize_operators();
std::span<const Operator> pad_operators();
std::span<const Operator> pool_operators();
std::span<const Operator> quantize_operators();
std::span<const Operator> reduce_operators();
std::span<const Operator> resize_operators();
std::span<const Operator> rnn_operators();
std::span<const Operator> scan_operators();
std::span<const Operator> select_operators();
std::span<const Operator> sequence_operators();
std::span<const Operator> shape_operators();
std::span<const Operator> signal_operators();
std::span<const Operator> softmax_operators();
std::span<const Operator> strided_operators();
std::span<const Operator> view_operators();

}  // namespace wasminfer::gen
