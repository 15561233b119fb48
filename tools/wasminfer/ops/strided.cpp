#include "ops/strided.hpp"

#include <algorithm>

#include <wasminfer/kernels/copy_strided.hpp>

namespace wasminfer::gen {

std::vector<Dim> strides_of(const Shape& shape)
{
    std::vector<Dim> strides(shape.size(), Dim{1});
    for (std::size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

StridedCopy collapsed(StridedCopy copy)
{
    std::vector<StridedAxis> axes;
    for (StridedAxis& axis : copy.axes) {
        if (axis.extent == Dim{1}) {
            continue;
        }
        const bool follows =
            !axes.empty() && axes.back().from == axis.from * axis.extent && axes.back().to == axis.to * axis.extent;
        if (follows) {
            axes.back() = {axes.back().extent * axis.extent, axis.from, axis.to};
        } else {
            axes.push_back(std::move(axis));
        }
    }
    copy.axes = std::move(axes);
    return copy;
}

bool is_contiguous(const StridedCopy& copy)
{
    return copy.axes.empty() || (copy.axes.size() == 1 && copy.axes[0].from == Dim{1} && copy.axes[0].to == Dim{1});
}

namespace {

/// The kernel on the innermost four axes, for each place of the others.
void run_copy(const HostCall& call)
{
    constexpr std::size_t box = 4;
    const std::size_t rank = call.numbers.size() / 3;
    const std::size_t outer = rank > box ? rank - box : 0;
    copy_strided_extents<box> e{{1, 1, 1, 1}, {}, {}};
    for (std::size_t axis = outer; axis < rank; ++axis) {
        const std::size_t place = axis + box - rank;
        e.dims[place] = call.numbers[axis];
        e.in_strides[place] = call.numbers[rank + axis];
        e.out_strides[place] = call.numbers[2 * rank + axis];
    }
    index boxes = 1;
    for (std::size_t axis = 0; axis < outer; ++axis) {
        boxes *= call.numbers[axis];
    }
    dispatch_size(call.dtypes[0], [&]<class T>() {
        for (index n = 0; n < boxes; ++n) {
            const T* in = call.in<T>(0);
            T* out = call.out<T>(1);
            index rest = n;
            for (std::size_t axis = outer; axis-- > 0;) {
                const index at = rest % call.numbers[axis];
                rest /= call.numbers[axis];
                in += at * call.numbers[rank + axis];
                out += at * call.numbers[2 * rank + axis];
            }
            copy_strided(in, out, e);
        }
    });
}

bool is_empty(const StridedCopy& copy)
{
    return std::ranges::any_of(copy.axes, [](const StridedAxis& axis) { return axis.extent == Dim{0}; });
}

}  // namespace

void lower_copy(Lower& lower, const Operand& to, const Operand& from, const StridedCopy& whole)
{
    const StridedCopy copy = collapsed(whole);
    if (is_empty(copy)) {
        // Offsets may point anywhere; the call is there to be seen.
        lower.copy(to, from, 0);
        return;
    }
    const Dim bytes = static_cast<std::int64_t>(size_of(from.dtype));
    Operand in = from;
    Operand out = to;
    in.dtype = bits_of(from.dtype);
    out.dtype = bits_of(from.dtype);
    in.byte_offset += copy.from_offset * bytes;
    out.byte_offset += copy.to_offset * bytes;
    if (is_contiguous(copy)) {
        lower.copy(out, in, copy.axes.empty() ? Dim{1} : copy.axes[0].extent);
        return;
    }
    std::vector<Dim> dims;
    std::vector<Dim> in_strides;
    std::vector<Dim> out_strides;
    for (const StridedAxis& axis : copy.axes) {
        dims.push_back(axis.extent);
        in_strides.push_back(axis.from);
        out_strides.push_back(axis.to);
    }
    lower.call("copy_strided", "kernels/copy_strided.hpp")
        .templates(std::string{cpp_type(bits_of(from.dtype))} + ", " + std::to_string(dims.size()))
        .read(std::move(in))
        .write(std::move(out))
        .extents({{"dims", dims}, {"in_strides", in_strides}, {"out_strides", out_strides}})
        .host(run_copy);
}

void lower_copy(Lower& lower, const Value& to, const Value& from, const StridedCopy& copy)
{
    lower_copy(lower, lower.operand(to), lower.operand(from), copy);
}

void lower_copy_or_alias(Lower& lower, const Value& to, const Value& from, const StridedCopy& whole)
{
    const StridedCopy copy = collapsed(whole);
    if (is_contiguous(copy) && !is_empty(copy)) {
        lower.alias(to, from, copy.from_offset * Dim{static_cast<std::int64_t>(size_of(from.dtype))});
    } else {
        lower_copy(lower, to, from, copy);
    }
}

}  // namespace wasminfer::gen
