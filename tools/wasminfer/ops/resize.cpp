// Resize and Upsample. X and Y are [N, C, spatial…], or [N, spatial…, C] with the attribute channels_last = 1; axes,
// scales and sizes are in ONNX's order either way.
#include <wasminfer/kernels/resize.hpp>
#include <wasminfer/kernels/resize_taps.hpp>

#include <algorithm>
#include <array>

#include "ops/resize_request.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

/// One axis as it lies in memory.
struct Axis {
    Dim in, out;
    resize_map map;
    bool resized = false;
};

std::vector<Axis> axes_in_memory(const NodeView& view, const ResizeRequest& request)
{
    const std::size_t rank = request.in.size();
    const bool channels_last = view.int_attribute("channels_last", 0) != 0;
    std::vector<Axis> axes;
    for (std::size_t i = 0; i < rank; ++i) {
        const std::size_t axis = !channels_last || i == 0 ? i : i + 1 == rank ? 1 : i + 1;
        axes.push_back({request.in[axis], request.out[axis], request.maps[axis], request.changes(axis)});
    }
    return axes;
}

std::string map_text(const resize_map& map)
{
    static constexpr std::array words{"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
                                      "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"};
    std::string text = "resize_map{.coordinates = resize_coordinates::" +
                       std::string{words[static_cast<std::size_t>(map.coordinates)]};
    if (map.scale > 0) {
        text += ", .scale = " + literal(map.scale);
    }
    if (map.coordinates == resize_coordinates::tf_crop_and_resize) {
        text += ", .crop = {" + literal(map.crop[0]) + ", " + literal(map.crop[1]) + "}";
    }
    return text + "}";
}

std::string filter_text(const resize_filter& filter)
{
    const auto flag = [](const char* key, bool value) {
        return value ? std::string{"."} + key + " = true, " : std::string{};
    };
    return "resize_filter{" + flag("cubic", filter.cubic) + flag("antialias", filter.antialias) +
           flag("exclude_outside", filter.exclude_outside) + ".a = " + literal(filter.a) + "}";
}

std::string rounding_text(resize_rounding rounding)
{
    static constexpr std::array words{"prefer_floor", "prefer_ceil", "floor", "ceil"};
    return "resize_rounding::" + std::string{words[static_cast<std::size_t>(rounding)]};
}

bool is_fixed(const Axis& axis)
{
    return axis.in.is_constant() && axis.out.is_constant();
}

resize_table_extents table_extents(const Axis& axis, index taps)
{
    return {static_cast<index>(axis.in.constant()), static_cast<index>(axis.out.constant()), taps};
}

std::vector<Field> table_fields(const Axis& axis, index taps)
{
    return {{"in", axis.in}, {"out", axis.out}, {"taps", static_cast<std::int64_t>(taps)}};
}

/// The table of an axis: constants where its extents are known, else a step that writes it.
Operand nearest_table(Lower& lower, const Axis& axis, resize_rounding rounding)
{
    if (!axis.resized) {
        return lower.none(DType::i32);
    }
    if (is_fixed(axis)) {
        std::vector<std::int32_t> indices(static_cast<std::size_t>(axis.out.constant()));
        resize_nearest_table(indices.data(), table_extents(axis, 1), axis.map, rounding);
        return lower.weight(lower.out(0).name + "_indices", DType::i32, indices);
    }
    const Operand indices = lower.temporary(DType::i32, axis.out * Dim{4});
    lower.call("resize_nearest_table", "kernels/resize_taps.hpp")
        .write(indices)
        .extents(table_fields(axis, 1))
        .text(map_text(axis.map))
        .text(rounding_text(rounding))
        .host([map = axis.map, rounding](const HostCall& host) {
            resize_nearest_table(host.out<std::int32_t>(0), host.extents<resize_table_extents>(), map, rounding);
        });
    return indices;
}

struct Table {
    Operand indices, weights;
    index taps = 0;
};

template <class C>
Table fixed_table(Lower& lower, const Axis& axis, const resize_filter& filter, index taps)
{
    const auto count = static_cast<std::size_t>(axis.out.constant()) * static_cast<std::size_t>(taps);
    std::vector<std::int32_t> indices(count);
    std::vector<C> weights(count);
    resize_table(indices.data(), weights.data(), table_extents(axis, taps), axis.map, filter);
    return {lower.weight(lower.out(0).name + "_indices", DType::i32, indices),
            lower.weight(lower.out(0).name + "_weights", dtype_of<C>(), weights), taps};
}

/// The factor by which an axis grows, which antialiasing needs to be known.
double factor(const Axis& axis, bool antialias)
{
    if (axis.map.scale > 0) {
        return static_cast<double>(axis.map.scale);
    }
    if (is_fixed(axis)) {
        return static_cast<double>(axis.out.constant()) / static_cast<double>(axis.in.constant());
    }
    if (antialias) {
        NodeView::fail("antialiasing from " + axis.in.str() + " to " + axis.out.str() +
                           " elements depends on a free "
                           "dimension",
                       "fix the dimension with --dim");
    }
    return 1;
}

Table table(Lower& lower, const Axis& axis, const resize_filter& filter, DType computed)
{
    const index taps = resize_taps(filter, factor(axis, filter.antialias));
    if (is_fixed(axis)) {
        return computed == DType::f64 ? fixed_table<double>(lower, axis, filter, taps)
                                      : fixed_table<float>(lower, axis, filter, taps);
    }
    const Dim entries = axis.out * static_cast<std::int64_t>(taps);
    const Table result{lower.temporary(DType::i32, entries * Dim{4}),
                       lower.temporary(computed, entries * static_cast<std::int64_t>(size_of(computed))), taps};
    lower.call("resize_table", "kernels/resize_taps.hpp")
        .write(result.indices)
        .write(result.weights)
        .extents(table_fields(axis, taps))
        .text(map_text(axis.map))
        .text(filter_text(filter))
        .host([map = axis.map, filter, computed](const HostCall& host) {
            const auto e = host.extents<resize_table_extents>();
            computed == DType::f64 ? resize_table(host.out<std::int32_t>(0), host.out<double>(1), e, map, filter)
                                   : resize_table(host.out<std::int32_t>(0), host.out<float>(1), e, map, filter);
        });
    return result;
}

Dim product(const std::vector<Axis>& axes, std::size_t from, std::size_t to)
{
    Dim count = 1;
    for (std::size_t i = from; i < to; ++i) {
        count *= axes[i].in;
    }
    return count;
}

/// Elements, the axes before `done` resized.
Dim volume(const std::vector<Axis>& axes)
{
    return product(axes, 0, axes.size());
}

// ---- nearest ----

/// Bits of the extrapolation value as an element.
std::uint64_t bits_of_number(DType type, double number)
{
    std::uint64_t bits = 0;
    dispatch(type, [&]<class T>() {
        const T element = wasminfer::cast<T>{}(number);
        std::memcpy(&bits, &element, sizeof element);
    });
    return bits;
}

/// A run of at most three axes at `at`, from `in` to `out`.
void nearest_step(Lower& lower, const ResizeRequest& request, const std::vector<Axis>& axes, std::size_t at,
                  std::size_t count, const Operand& in, const Operand& out)
{
    const DType type = lower.dtype(0);
    std::array<Operand, 3> tables{lower.none(DType::i32), lower.none(DType::i32), lower.none(DType::i32)};
    std::vector<Dim> from(3, Dim{1});
    std::vector<Dim> to(3, Dim{1});
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t place = 3 - count + i;
        tables[place] = nearest_table(lower, axes[at + i], request.rounding_of(axes[at + i].map));
        from[place] = axes[at + i].in;
        to[place] = axes[at + i].out;
    }
    const bool extrapolates = request.coordinates == resize_coordinates::tf_crop_and_resize;
    const std::uint64_t beyond = bits_of_number(type, request.extrapolation);
    auto call = lower.call("resize_nearest", "kernels/resize.hpp");
    if (extrapolates) {
        call.templates("true");
    }
    call.read(in).read(tables[0]).read(tables[1]).read(tables[2]).write(out).extents(
        {{"batch", product(axes, 0, at)},
         {"in", from},
         {"out", to},
         {"inner", product(axes, at + count, axes.size())}});
    if (extrapolates) {
        call.text(std::string{cpp_type(bits_of(type))} + "{" + std::to_string(beyond) + "u}");
    }
    call.host([extrapolates, beyond](const HostCall& host) {
        const auto* d = host.in<std::int32_t>(1);
        const auto* h = host.in<std::int32_t>(2);
        const auto* w = host.in<std::int32_t>(3);
        const auto e = host.extents<resize_nearest_extents>();
        dispatch_size(host.dtypes[0], [&]<class T>() {
            extrapolates ? resize_nearest<true>(host.in<T>(0), d, h, w, host.out<T>(4), e, static_cast<T>(beyond))
                         : resize_nearest(host.in<T>(0), d, h, w, host.out<T>(4), e);
        });
    });
}

void lower_nearest(Lower& lower, const ResizeRequest& request, std::vector<Axis> axes)
{
    const auto bytes = static_cast<std::int64_t>(size_of(lower.dtype(0)));
    Operand from = lower.bits(lower.in(0));
    const auto more = [&](std::size_t at) {
        return std::any_of(axes.begin() + static_cast<std::ptrdiff_t>(at), axes.end(),
                           [](const Axis& axis) { return axis.resized; });
    };
    for (std::size_t at = 0; more(at);) {
        if (!axes[at].resized) {
            ++at;
            continue;
        }
        std::size_t count = std::min<std::size_t>(3, axes.size() - at);
        while (!axes[at + count - 1].resized) {
            --count;
        }
        const auto behind = at + count;
        std::vector<Axis> done = axes;
        for (std::size_t i = at; i < behind; ++i) {
            done[i].in = done[i].out;
        }
        const Operand to = more(behind) ? lower.temporary(from.dtype, volume(done) * bytes) : lower.bits(lower.out(0));
        nearest_step(lower, request, axes, at, count, from, to);
        axes = std::move(done);
        from = to;
        at = behind;
    }
}

// ---- linear and cubic ----

/// Calls f<T, U, C>() for elements read, written, and what is computed in; of T and U at most one differs from C.
template <class F>
void dispatch_blend(DType in, DType out, DType computed, F f)
{
    const auto with = [&]<class C>() {
        dispatch(in, [&]<class T>() {
            dispatch(out, [&]<class U>() {
                constexpr bool fits = std::is_same_v<T, U> || std::is_same_v<T, C> || std::is_same_v<U, C>;
                if constexpr (fits) {
                    f.template operator()<T, U, C>();
                }
            });
        });
    };
    computed == DType::f64 ? with.template operator()<double>() : with.template operator()<float>();
}

/// What is between two passes is not rounded to the element type.
DType blend_type(DType type)
{
    return is_float(type) ? (type == DType::f64 ? DType::f64 : DType::f32)
                          : (size_of(type) <= 2 ? DType::f32 : DType::f64);
}

std::string beyond_text(const ResizeRequest& request, DType computed)
{
    return computed == DType::f64 ? literal(request.extrapolation) : literal(static_cast<float>(request.extrapolation));
}

void axis_step(Lower& lower, const ResizeRequest& request, const std::vector<Axis>& axes, std::size_t at,
               const Operand& in, const Operand& out, DType computed)
{
    const Table t = table(lower, axes[at], request.filter, computed);
    auto call = lower.call("resize_axis", "kernels/resize.hpp");
    if (t.taps == 2) {
        call.templates("2");
    }
    call.read(in).read(t.indices).read(t.weights).write(out).extents({{"outer", product(axes, 0, at)},
                                                                      {"in", axes[at].in},
                                                                      {"out", axes[at].out},
                                                                      {"inner", product(axes, at + 1, axes.size())},
                                                                      {"taps", static_cast<std::int64_t>(t.taps)}});
    if (request.extrapolation != 0) {
        call.text(beyond_text(request, computed));
    }
    call.host([computed, beyond = request.extrapolation](const HostCall& host) {
        dispatch_blend(host.dtypes[0], host.dtypes[3], computed, [&]<class T, class U, class C>() {
            resize_axis(host.in<T>(0), host.in<std::int32_t>(1), host.in<C>(2), host.out<U>(3),
                        host.extents<wasminfer::resize_axis_extents>(), static_cast<C>(beyond));
        });
    });
}

void plane_step(Lower& lower, const ResizeRequest& request, const std::vector<Axis>& axes, std::size_t at,
                const Operand& in, const Operand& out, DType computed)
{
    const Table h = table(lower, axes[at], request.filter, computed);
    const Table w = table(lower, axes[at + 1], request.filter, computed);
    const Dim inner = product(axes, at + 2, axes.size());
    const Operand line =
        lower.temporary(computed, axes[at + 1].in * inner * static_cast<std::int64_t>(size_of(computed)));
    auto call = lower.call("resize_plane", "kernels/resize.hpp");
    if (h.taps == 2 && w.taps == 2) {
        call.templates("2");
    }
    call.read(in).read(h.indices).read(h.weights).read(w.indices).read(w.weights).write(out).write(line).extents(
        {{"batch", product(axes, 0, at)},
         {"in", std::vector<Dim>{axes[at].in, axes[at + 1].in}},
         {"out", std::vector<Dim>{axes[at].out, axes[at + 1].out}},
         {"inner", inner},
         {"taps", std::vector<Dim>{static_cast<std::int64_t>(h.taps), static_cast<std::int64_t>(w.taps)}}});
    if (request.extrapolation != 0) {
        call.text(beyond_text(request, computed));
    }
    call.host([computed, beyond = request.extrapolation](const HostCall& host) {
        dispatch_blend(host.dtypes[0], host.dtypes[5], computed, [&]<class T, class U, class C>() {
            resize_plane(host.in<T>(0), host.in<std::int32_t>(1), host.in<C>(2), host.in<std::int32_t>(3),
                         host.in<C>(4), host.out<U>(5), host.out<C>(6), host.extents<resize_plane_extents>(),
                         static_cast<C>(beyond));
        });
    });
}

void lower_blend(Lower& lower, const ResizeRequest& request, std::vector<Axis> axes)
{
    const DType computed = blend_type(lower.dtype(0));
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        if (axes[i].resized) {
            places.push_back(i);
        }
    }
    Operand from = lower.operand(0);
    for (std::size_t i = 0; i < places.size();) {
        const std::size_t at = places[i];
        const bool plane = i + 2 == places.size() && places[i + 1] == at + 1;
        const std::size_t next = i + (plane ? 2 : 1);
        std::vector<Axis> done = axes;
        for (std::size_t j = i; j < next; ++j) {
            done[places[j]].in = done[places[j]].out;
        }
        const Operand to = next == places.size()
                               ? lower.result(0)
                               : lower.temporary(computed, volume(done) * static_cast<std::int64_t>(size_of(computed)));
        plane ? plane_step(lower, request, axes, at, from, to, computed)
              : axis_step(lower, request, axes, at, from, to, computed);
        axes = std::move(done);
        from = to;
        i = next;
    }
}

// ---- the operators ----

void infer_resize(Infer& infer)
{
    const ResizeRequest request = read_resize(infer);
    const bool last = infer.int_attribute("channels_last", 0) != 0;
    Shape out = request.out;
    if (last) {
        std::rotate(out.begin() + 1, out.begin() + 2, out.end());
    }
    infer.set(0, infer.dtype(0), std::move(out));
}

void lower_resize(Lower& lower)
{
    const ResizeRequest request = read_resize(lower);
    const auto axes = axes_in_memory(lower, request);
    if (std::ranges::none_of(axes, &Axis::resized)) {
        lower.alias(lower.out(0), lower.in(0));
    } else if (request.nearest) {
        lower_nearest(lower, request, axes);
    } else {
        lower_blend(lower, request, axes);
    }
}

}  // namespace

std::span<const Operator> resize_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Resize",
         .since = 10,
         .infer = infer_resize,
         .lower = lower_resize,
         .channels_last = ChannelsLast::possible},
        {.type = "Upsample",
         .until = 9,
         .infer = infer_resize,
         .lower = lower_resize,
         .channels_last = ChannelsLast::possible},
    };
    return rows;
}

}  // namespace wasminfer::gen
