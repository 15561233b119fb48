// Pixels, which the pass pixel_inputs puts behind inputs that are pictures: u8[N, H, W, bytes of a pixel] to
// floats [N, H, W, channels].
#include <wasminfer/kernels/pixels.hpp>

#include "ops/elementwise.hpp"

namespace wasminfer::gen {

namespace {

struct Face {
    std::int64_t bytes, channels;
    bool reversed;
    DType to;
};

Face face_of(const NodeView& view)
{
    return {.bytes = view.shape(0).back().constant(),
            .channels = view.int_attribute("channels"),
            .reversed = view.int_attribute("reversed", 0) != 0,
            .to = static_cast<DType>(view.int_attribute("to"))};
}

void infer_pixels(Infer& infer)
{
    Shape shape = infer.shape(0);
    const Face face = face_of(infer);
    shape.back() = face.channels;
    infer.set(0, face.to, std::move(shape));
}

template <int bytes, int channels>
void run(const HostCall& call, const Face& face)
{
    dispatch_float(face.to, [&]<class T>() {
        if constexpr (!std::is_same_v<T, double>) {
            const pixels_extents e{call.numbers[0]};
            const auto* in = call.in<std::uint8_t>(0);
            face.reversed ? pixels_to_floats<bytes, channels, true>(in, call.in<float>(1), call.out<T>(2), e)
                          : pixels_to_floats<bytes, channels>(in, call.in<float>(1), call.out<T>(2), e);
        }
    });
}

void lower_pixels(Lower& lower)
{
    const Face face = face_of(lower);
    std::vector<float> mean_scale(8);
    std::ranges::copy(lower.floats_attribute("mean"), mean_scale.begin());
    std::ranges::copy(lower.floats_attribute("scale"), mean_scale.begin() + 4);
    lower.call("pixels_to_floats", "kernels/pixels.hpp")
        .templates(std::to_string(face.bytes) + ", " + std::to_string(face.channels) + (face.reversed ? ", true" : ""))
        .read(lower.operand(0))
        .read(lower.weight(lower.in(0).name + "_mean_scale", DType::f32, mean_scale))
        .write(lower.result(0))
        .extents({{"n", floor_div(element_count(lower.shape(0)), face.bytes)}})
        .host([face](const HostCall& call) {
            face.bytes == 4 ? run<4, 3>(call, face) : face.bytes == 3 ? run<3, 3>(call, face) : run<1, 1>(call, face);
        });
}

}  // namespace

std::span<const Operator> pixel_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Pixels", .infer = infer_pixels, .lower = lower_pixels, .domain = "wasminfer"},
    };
    return rows;
}

}  // namespace wasminfer::gen
