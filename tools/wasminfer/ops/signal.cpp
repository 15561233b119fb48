// Windows and the weights of mel bins, which models make of a few numbers; and the list of the family.
#include "ops/signal.hpp"

#include <wasminfer/kernels/signal.hpp>

#include "ops/attributes.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

// ---- HannWindow, HammingWindow, BlackmanWindow ----

DType output_type(const NodeView& view)
{
    return view.has_attribute("output_datatype") ? onnx_type(view, "output_datatype") : DType::f32;
}

Dim only_element(const NodeView& view, std::size_t input, const std::string& what)
{
    view.require_types(input, {DType::i32, DType::i64});
    const auto elements = view.known_elements(input, what);
    if (elements.size() != 1 || (elements[0].is_constant() && elements[0].constant() < 0)) {
        NodeView::fail("the " + what + ", input " + std::to_string(input) + ", should be one number, 0 at least");
    }
    return elements[0];
}

void infer_window(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"output_datatype", "periodic"});
    const DType type = output_type(infer);
    if (!contains(types::numbers, type)) {
        NodeView::fail("a window of type " + std::string{name(type)} + " is not supported");
    }
    infer.set(0, type, {only_element(infer, 0, "window's length")});
}

struct Cosines {
    double a0, a1, a2;
};

enum class Window { hann, hamming, blackman };

/// The coefficients as ONNX gives them.
constexpr Cosines cosines_of(Window window)
{
    switch (window) {
    case Window::hann: return {0.5, 0.5, 0};
    case Window::hamming: return {25.0 / 46.0, 21.0 / 46.0, 0};
    default: return {0.42, 0.5, 0.08};
    }
}

template <Window window>
void lower_window(Lower& lower)
{
    static constexpr Cosines a = cosines_of(window);
    const Value& out = lower.out(0);
    lower.call("cosine_window", "kernels/signal.hpp")
        .write(lower.operand(out))
        .extents({{"n", (*out.shape)[0]}, {"periodic", lower.int_attribute("periodic", 1) != 0 ? 1 : 0}})
        .text(literal(a.a0))
        .text(literal(a.a1))
        .text(literal(a.a2))
        .host([type = out.dtype](const HostCall& call) {
            dispatch_in<types::numbers>(type, [&]<class T>() {
                cosine_window(call.out<T>(0), call.extents<cosine_window_extents>(), a.a0, a.a1, a.a2);
            });
        });
}

// ---- MelWeightMatrix ----

constexpr TypeSet integers_4_8 = set_of(DType::i32, DType::i64);

void infer_mel_weights(Infer& infer)
{
    infer.require_inputs(5, 5);
    only_attributes(infer, {"output_datatype"});
    const DType type = output_type(infer);
    if (!contains(types::numbers, type)) {
        NodeView::fail("weights of type " + std::string{name(type)} + " are not supported");
    }
    require_in(infer, 2, integers_4_8);
    infer.require_float(3);
    infer.require_same_type(3, 4);
    for (const std::size_t input : {2U, 3U, 4U}) {
        if (!(element_count(infer.shape(input)) == Dim{1})) {
            NodeView::fail("input " + std::to_string(input) + " should be one number");
        }
    }
    const Dim length = only_element(infer, 1, "length of the transform");
    infer.set(0, type, {floor_div(length, 2) + Dim{1}, only_element(infer, 0, "number of mel bins")});
}

void lower_mel_weights(Lower& lower)
{
    const Value& out = lower.out(0);
    lower.call("mel_weights", "kernels/signal.hpp")
        .read(lower.operand(2))
        .read(lower.operand(3))
        .read(lower.operand(4))
        .write(lower.operand(out))
        .extents({{"bins", (*out.shape)[0]},
                  {"mel_bins", (*out.shape)[1]},
                  {"length", only_element(lower, 1, "length of the transform")}})
        .host([type = out.dtype, rate = lower.dtype(2), edges = lower.dtype(3)](const HostCall& call) {
            dispatch_in<types::numbers>(type, [&]<class T>() {
                dispatch_in<integers_4_8>(rate, [&]<class I>() {
                    dispatch_float(edges, [&]<class F>() {
                        mel_weights(call.in<I>(0), call.in<F>(1), call.in<F>(2), call.out<T>(3),
                                    call.extents<mel_weights_extents>());
                    });
                });
            });
        });
}

}  // namespace

std::span<const Operator> signal_operators()
{
    static const std::vector<Operator> rows = [] {
        std::vector<Operator> list{
            {.type = "BlackmanWindow", .since = 17, .infer = infer_window, .lower = lower_window<Window::blackman>},
            {.type = "HammingWindow", .since = 17, .infer = infer_window, .lower = lower_window<Window::hamming>},
            {.type = "HannWindow", .since = 17, .infer = infer_window, .lower = lower_window<Window::hann>},
            {.type = "MelWeightMatrix", .since = 17, .infer = infer_mel_weights, .lower = lower_mel_weights},
        };
        list.insert(list.end(), dft_rows().begin(), dft_rows().end());
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
