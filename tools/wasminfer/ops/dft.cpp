// DFT and STFT. The roots of unity are weights where the length is known, a step where it isn't.
#include <wasminfer/kernels/dft.hpp>

#include "ops/attributes.hpp"
#include "ops/signal.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

namespace {

/// Whether the tensor's last axis holds complex numbers; 1 is real, 2 complex.
bool is_complex(const NodeView& view, std::size_t input)
{
    const Shape& shape = view.shape(input);
    if (shape.size() < 2 || !(shape.back() == Dim{1} || shape.back() == Dim{2})) {
        NodeView::fail("the signal's last extent should be 1 (real) or 2 (complex), its shape is " + to_string(shape));
    }
    return shape.back() == Dim{2};
}

Dim bins_of(const Dim& length)
{
    return floor_div(length, 2) + Dim{1};
}

Dim only_element(const NodeView& view, std::size_t input, const std::string& what)
{
    view.require_types(input, {DType::i32, DType::i64});
    const auto elements = view.known_elements(input, what);
    if (elements.size() != 1) {
        NodeView::fail("the " + what + ", input " + std::to_string(input) + ", should be one number");
    }
    return elements[0];
}

void require_positive(const Dim& number, const std::string& what)
{
    if (number.is_constant() && number.constant() < 1) {
        NodeView::fail("the " + what + " is " + number.str());
    }
    constexpr std::int64_t most = std::int64_t{1} << 24;
    if (number.is_constant() && number.constant() > most) {
        NodeView::fail("the " + what + ", " + number.str() + ", is beyond " + std::to_string(most));
    }
}

/// dft_roots of a length: bytes that the header holds, or a step.
Operand roots_of(Lower& lower, const Dim& length)
{
    if (length.is_constant()) {
        std::vector<double> roots(static_cast<std::size_t>(2 * length.constant()));
        dft_roots(roots.data(), {.n = static_cast<index>(length.constant())});
        return lower.weight("roots_of_" + length.str(), DType::f64, roots);
    }
    const Operand roots = lower.temporary(DType::f64, length * Dim{16});
    lower.call("dft_roots", "kernels/dft.hpp").write(roots).extents({{"n", length}}).host([](const HostCall& call) {
        dft_roots(call.out<double>(0), call.extents<dft_roots_extents>());
    });
    return roots;
}

/// Lines as the kernel walks them: the members of dft_extents.
struct Lines {
    Dim outer, inner, length;
    Dim in_count, in_outer, in_inner, in_step;
    bool in_complex = false;
    Dim out_count, out_outer, out_inner, out_step;
    bool out_complex = true;
    bool inverse = false;
    bool half = false;
};

void lower_lines(Lower& lower, const Lines& lines, const Operand& window)
{
    const Operand roots = roots_of(lower, lines.length);
    const Operand scratch = lower.temporary(DType::f64, lines.length * Dim{64});
    lower.call("dft", "kernels/dft.hpp")
        .read(lower.operand(0))
        .read(window)
        .read(roots)
        .write(lower.result(0))
        .write(scratch)
        .extents({{"outer", lines.outer},
                  {"inner", lines.inner},
                  {"n", lines.length},
                  {"in_count", lines.in_count},
                  {"in_outer", lines.in_outer},
                  {"in_inner", lines.in_inner},
                  {"in_step", lines.in_step},
                  {"in_complex", lines.in_complex ? 1 : 0},
                  {"out_count", lines.out_count},
                  {"out_outer", lines.out_outer},
                  {"out_inner", lines.out_inner},
                  {"out_step", lines.out_step},
                  {"out_complex", lines.out_complex ? 1 : 0},
                  {"inverse", lines.inverse ? 1 : 0},
                  {"half", lines.half ? 1 : 0}})
        .host([type = lower.dtype(0)](const HostCall& call) {
            dispatch_float(type, [&]<class T>() {
                dft(call.in<T>(0), call.in<T>(1), call.in<double>(2), call.out<T>(3), call.out<double>(4),
                    call.extents<dft_extents>());
            });
        });
}

// ---- DFT ----

/// A node's operands and attributes, checked. Opset 17 has the axis in an attribute, by default 1; opset 20 in an input, by
/// default the last before the parts.
struct Transform {
    explicit Transform(const NodeView& view)
        : complex{is_complex(view, 0)}, inverse{view.int_attribute("inverse", 0) != 0},
          onesided{view.int_attribute("onesided", 0) != 0}
    {
        const Shape& x = view.shape(0);
        std::int64_t given = -2;
        if (view.opset() < 20) {
            given = view.int_attribute("axis", 1);
        } else if (view.has(2)) {
            const Dim element = only_element(view, 2, "axis");
            if (!element.is_constant()) {
                NodeView::fail("the axis depends on a free dimension (" + element.str() + ")");
            }
            given = element.constant();
        }
        axis = static_cast<std::size_t>(NodeView::normalize_axis(given, view.rank(0)));
        if (axis + 1 == x.size()) {
            NodeView::fail("the axis is the last one, which holds the parts of a number");
        }
        // Half a spectrum of a real signal of length n has n / 2 + 1 elements; n is taken as even.
        const bool from_half = inverse && onesided;
        if (onesided && complex != inverse) {
            NodeView::fail(inverse ? "a one-sided inverse transform needs a complex spectrum"
                                   : "a one-sided transform needs a real signal");
        }
        length = view.has(1) ? only_element(view, 1, "length of the transform")
                 : from_half ? (x[axis] - Dim{1}) * Dim{2}
                             : x[axis];
        require_positive(length, "length of the transform");
        present = min(x[axis], from_half ? bins_of(length) : length);
        out = x;
        out[axis] = onesided && !inverse ? bins_of(length) : length;
        out.back() = from_half ? 1 : 2;
    }

    bool complex, inverse, onesided;
    std::size_t axis;
    Dim length;
    Dim present;  ///< Elements of the input that a line reads.
    Shape out;
};

void infer_dft(Infer& infer)
{
    infer.require_inputs(1, infer.opset() < 20 ? 2 : 3);
    if (infer.opset() < 20) {
        only_attributes(infer, {"axis", "inverse", "onesided"});
    } else {
        only_attributes(infer, {"inverse", "onesided"});
    }
    infer.require_float(0);
    infer.set(0, infer.dtype(0), Transform{infer}.out);
}

void lower_dft(Lower& lower)
{
    const Transform t{lower};
    const Shape& x = lower.shape(0);
    const Dim outer = element_count({x.begin(), x.begin() + static_cast<std::ptrdiff_t>(t.axis)});
    const Dim inner = element_count({x.begin() + static_cast<std::ptrdiff_t>(t.axis) + 1, x.end() - 1});
    const Dim in_parts = x.back();
    const Dim out_parts = t.out.back();
    const bool from_half = t.inverse && t.onesided;
    lower_lines(lower,
                {.outer = outer,
                 .inner = inner,
                 .length = t.length,
                 .in_count = t.present,
                 .in_outer = x[t.axis] * inner * in_parts,
                 .in_inner = in_parts,
                 .in_step = inner * in_parts,
                 .in_complex = t.complex,
                 .out_count = t.out[t.axis],
                 .out_outer = t.out[t.axis] * inner * out_parts,
                 .out_inner = out_parts,
                 .out_step = inner * out_parts,
                 .out_complex = !from_half,
                 .inverse = t.inverse,
                 .half = from_half},
                {});
}

// ---- STFT ----

/// A node's operands and attributes, checked: signal [batch, length, 1 or 2], step, window, length of a frame.
struct Frames {
    explicit Frames(const NodeView& view)
        : complex{is_complex(view, 0)}, onesided{view.int_attribute("onesided", 1) != 0},
          step{only_element(view, 1, "frame step")}
    {
        const Shape& x = view.shape(0);
        if (x.size() != 3) {
            NodeView::fail("the signal should have three dimensions and has the shape " + to_string(x));
        }
        if (onesided && complex) {
            NodeView::fail("a one-sided transform needs a real signal", "set onesided to 0");
        }
        if (view.has(2) && view.rank(2) != 1) {
            NodeView::fail("the window should have one dimension and has the shape " + to_string(view.shape(2)));
        }
        if (!view.has(2) && !view.has(3)) {
            NodeView::fail("needs a window or a frame length");
        }
        length = view.has(3) ? only_element(view, 3, "frame length") : view.shape(2)[0];
        if (view.has(2) && !known_equal(view.shape(2)[0], length)) {
            NodeView::fail("the window has " + view.shape(2)[0].str() + " elements for frames of " + length.str());
        }
        require_positive(step, "frame step");
        require_positive(length, "frame length");
        if (x[1].is_constant() && length.is_constant() && x[1].constant() < length.constant()) {
            NodeView::fail("a signal of " + x[1].str() + " elements has no frame of " + length.str());
        }
        count = floor_div(x[1] - length, step) + Dim{1};
        bins = onesided ? bins_of(length) : length;
    }

    bool complex, onesided;
    Dim step, length, count, bins;
};

void infer_stft(Infer& infer)
{
    infer.require_inputs(2, 4);
    only_attributes(infer, {"onesided"});
    infer.require_float(0);
    if (infer.has(2)) {
        infer.require_same_type(0, 2);
    }
    const Frames f{infer};
    infer.set(0, infer.dtype(0), {infer.shape(0)[0], f.count, f.bins, 2});
}

void lower_stft(Lower& lower)
{
    const Frames f{lower};
    const Shape& x = lower.shape(0);
    lower_lines(lower,
                {.outer = x[0],
                 .inner = f.count,
                 .length = f.length,
                 .in_count = f.length,
                 .in_outer = x[1] * x[2],
                 .in_inner = f.step * x[2],
                 .in_step = x[2],
                 .in_complex = f.complex,
                 .out_count = f.bins,
                 .out_outer = f.count * f.bins * Dim{2},
                 .out_inner = f.bins * Dim{2},
                 .out_step = 2},
                lower.has(2) ? lower.operand(2) : Operand{});
}

}  // namespace

std::span<const Operator> dft_rows()
{
    static constexpr Operator rows[] = {
        {.type = "DFT", .since = 17, .infer = infer_dft, .lower = lower_dft},
        {.type = "STFT", .since = 17, .infer = infer_stft, .lower = lower_stft},
    };
    return rows;
}

}  // namespace wasminfer::gen
